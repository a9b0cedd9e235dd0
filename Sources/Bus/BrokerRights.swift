/// What partners may do at a broker, in the words of mosquitto's ACL file, or of its dynamic security.
///
/// With dynamic security (2.0.11) a role is made for each partner, because `%u` matches nothing there. It denies all that
/// it does not grant, because by default whoever is subscribed receives, and `mosquitto_ctrl setDefaultACLAccess` changes
/// nothing without saying so. A partner that leaves is deleted, because a disabled one comes back with its certificate.
public enum BrokerRights {
    /// A user's lines each, after an empty one.
    static func aclLines(of partners: [BrokerPartner]) -> [String] {
        partners.flatMap { partner in
            ["", "user \(partner.id)"] + partner.reads.map { "topic read \($0)" }
                + partner.writes.map { "topic write \($0)" }
        }
    }

    /// An ACL file for a broker of somebody else's.
    ///
    /// - Parameter gateway: the user that we log in as; nil when the broker asks for none.
    public static func aclFile(gateway: String?, partners: [BrokerPartner]) -> String {
        var lines = [
            "# What tsunagi's partners may read; nobody else may write below tsunagi/v1. Name it as acl_file, or add it to",
            "# yours; mosquitto reads it again at a SIGHUP.",
        ]
        if let gateway {
            lines += ["", "user \(gateway)", "topic read #", "topic readwrite tsunagi/v1/#"]
            lines += groups(of: partners).map { "topic readwrite \($0)" }
        }
        return (lines + aclLines(of: partners)).joined(separator: "\n") + "\n"
    }

    /// A script for mosquitto's dynamic security. It holds no password: `mosquitto_ctrl` asks for them.
    ///
    /// Whoever stands already gets his rights anew, so it may be run again whenever agreements have changed.
    ///
    /// - Parameters:
    ///   - gateway: the user that we log in as; nil when the broker asks for none.
    ///   - leaving: partners that nothing is granted to any more.
    public static func dynamicSecurity(
        gateway: String?,
        partners: [BrokerPartner],
        leaving: [String]
    ) -> String {
        var lines = [
            "#!/bin/sh",
            "# What tsunagi's partners may read, for mosquitto's dynamic security. Run it as",
            "#     sh rights.sh -h HOST -p PORT -u ADMIN",
            "# mosquitto_ctrl asks for ADMIN's password, and for that of each new partner.",
            "admin=\"$*\"",
            "ctl() { mosquitto_ctrl $admin dynsec \"$@\"; }",
        ]
        if let gateway {
            lines += role(
                "tsunagi-gateway",
                [
                    "publishClientSend 'tsunagi/v1/#' allow", "publishClientReceive '#' allow",
                    "subscribePattern '#' allow",
                ] + groups(of: partners).map { "publishClientSend '\($0)' allow" }
            )
            lines.append("ctl addClientRole \(gateway) tsunagi-gateway")
        }
        for partner in partners {
            // The client id is bound to the user: nobody can take another's session.
            lines += [
                "",
                "ctl listClients | grep -qx \(partner.id) || ctl createClient \(partner.id) -c \(partner.id)",
            ]
            lines += role(
                name(of: partner.id),
                [
                    "subscribePattern '\(BrokerPartner.topics(of: partner.id))' allow",
                    "publishClientReceive '#' deny 0",
                ]
                    + partner.reads.filter { !$0.hasPrefix("tsunagi/") }.map {
                        "subscribePattern '\($0)' allow"
                    }
                    + partner.reads.map { "publishClientReceive '\($0)' allow 10" }
                    + partner.writes.map { "publishClientSend '\($0)' allow" }
            )
            lines.append("ctl addClientRole \(partner.id) \(name(of: partner.id))")
        }
        for id in leaving {
            lines += [
                "", "ctl removeClientRole \(id) \(name(of: id))", "ctl deleteClient \(id)",
                "ctl deleteRole \(name(of: id))",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `spBv1.0/tsunagi-buyer-1/#` of each partner that is told something as a Sparkplug host.
    static func groups(of partners: [BrokerPartner]) -> [String] {
        let filters = partners.flatMap(\.reads).filter { $0.hasPrefix("spBv1.0/") }
        return Set(filters.map { $0.split(separator: "/").prefix(2).joined(separator: "/") + "/#" }).sorted()
    }

    private static func name(of partner: String) -> String { "tsunagi-p-\(partner)" }

    private static func role(_ name: String, _ rights: [String]) -> [String] {
        ["ctl deleteRole \(name) >/dev/null 2>&1", "ctl createRole \(name)"]
            + rights.map { "ctl addRoleACL \(name) \($0)" }
    }
}
