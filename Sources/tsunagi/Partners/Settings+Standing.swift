import Disclosure
import Readings
import Settings
import Sharing

extension Settings {
    /// A configuration as it counts: agreements that were revoked are, whatever their files say; where a file says
    /// otherwise there is a warning.
    ///
    /// - Throws: ``SettingsFailures``, or ``OnboardingFailure`` when a revocation's record cannot be read: then nothing
    ///   is known to be granted.
    static func standing(_ path: String, now: Instant? = nil) throws -> Settings {
        try load(path: path, now: now).standing(at: now ?? WallClock.now)
    }

    /// The same of one that was read.
    func standing(at now: Instant = WallClock.now) throws(OnboardingFailure) -> Settings {
        let records = try Links.Folders(of: self).revocations.all()
        var settings = self
        for record in records {
            guard let own = agreements.first(where: { $0.id == record.agreement }), own.status != .revoked
            else { continue }
            let message =
                !record.isInForce(at: now)
                ? "notice of the end of agreement \(own.id) was given; it ends on \(record.ends?.iso8601 ?? "")"
                : "agreement \(own.id) says \(own.status.rawValue), but it was revoked on \(record.time.iso8601) and stays"
                    + " so: write status: revoked, or remove its file; what is agreed anew takes a new id"
            settings.warnings.append(SettingsFailure(file: file, message: message, isWarning: true))
        }
        settings.agreements = agreements.revoked(by: records, at: now)
        return settings
    }
}
