import Bus
import Desk
import Glibc
import Settings

/// What whoever started the daemon is told of it.
extension Gateway {
    /// Says so once the desk answers; everything else stands by then.
    ///
    /// - Returns: when to be called again.
    func becomeReady() -> Duration {
        guard !supervisor.hasBegun else { return .seconds(3600) }
        guard UnixSocket.answers(settings.deskSocket) else { return .milliseconds(20) }
        openDesk()
        supervisor.ready()
        return .seconds(3600)
    }

    /// Reads the configuration again, as SIGHUP asks for.
    func supervise(_ reload: Reload) async {
        supervisor.reloading()
        _ = await reload.now(.unlessMoreLeaves)
        supervisor.ready()
    }

    /// From the loop that releases: as long as that turns, and the thread that takes messages in does, we live.
    func beat() {
        let rate = Words.number(rate.perSecond, decimals: 0)
        supervisor.beat(
            "link \(link.status.state.word), \(rate) messages a second",
            isStuck: link.isStuck(forMs: supervisor.patienceMs ?? .max)
        )
    }

    /// In the folder that systemd makes for it, the desk is for its group: whoever may enter the folder may ask.
    private func openDesk() {
        let folder = unsafe getenv("RUNTIME_DIRECTORY").map { unsafe String(cString: $0) }
        guard let folder, settings.deskSocket.hasPrefix(folder + "/") else { return }
        unsafe _ = chmod(settings.deskSocket, 0o660)
    }
}
