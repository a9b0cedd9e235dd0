internal import CMosquitto
internal import Readings

/// What of others the bus stands on, for those who look whether it stands.
public enum BusGround {
    /// The version of the libmosquitto that is loaded, such as `2.0.11`.
    public static var libraryVersion: String {
        var (major, minor, revision) = (0 as Int32, 0 as Int32, 0 as Int32)
        unsafe _ = mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }

    /// Why a managed broker cannot be started on this machine; nil when its programs and its user are there.
    public static var managedTrouble: BrokerFailure? {
        do throws(BrokerFailure) {
            _ = try BrokerPrograms(program: nil)
            return nil
        } catch {
            return error
        }
    }

    /// Whether somebody accepts connections at a numeric address.
    public static func answers(address: String, port: Int) -> Bool {
        PortCheck.answers(address: address, port: port)
    }

    /// Why nobody could listen at a numeric address now; nil when somebody could.
    public static func listenTrouble(address: String, port: Int) -> BrokerFailure? {
        do throws(BrokerFailure) {
            _ = try PortCheck.claim(address: address, port: port)
            return nil
        } catch {
            return error
        }
    }

    /// The PEM files that a link to such an address uses, with their dates; those that cannot be read are missing.
    public static func certificates(of address: BrokerAddress) -> [CertificateStatus] {
        TLSFiles(address, nowNs: 0)?.certificates ?? []
    }
}
