// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Sigstore

/// The release is not older than demanded, and a tag leads to the newest one: a good old release that is served again is found out.
struct AgeCheck {
    static let name = "age"
    let policy: FreshnessPolicy

    /// When something was made, and who says so.
    struct Time: Hashable, Sendable {
        var moment: Timestamp
        var source: String
    }

    /// What the evidence of a manifest says about its time: the builder's own word, or an earlier moment at which a witness saw that
    /// this provenance was in the log already. Of several builds of the same image the newest counts.
    static func time(of exhibit: Exhibit, log: LogPolicy?) -> Time? {
        exhibit.provenancePieces.compactMap { piece -> Time? in
            guard case .claim(let statement) = piece.fact else { return nil }
            let provenance = try? CanonicalJSON.decode(Provenance.self, from: statement.predicate)
            let own = provenance?.runDetails.metadata?.finishedOn.map {
                Time(moment: $0, source: "the provenance, which is the builder's own word")
            }
            let witnessed = log.flatMap { exhibit.file.witnessedTime(of: piece.logEntry, in: $0) }.map {
                Time(moment: $0, source: "a witness of the log, which saw its provenance then")
            }
            guard let own, let witnessed else { return own ?? witnessed }
            return witnessed.moment < own.moment ? witnessed : own
        }.max { $0.moment < $1.moment }
    }

    /// - Parameters:
    ///   - time: of the release; nil when nothing signed says it.
    ///   - bound: of the release that `notBefore` names; nil when that could not be found out.
    func examine(_ time: Time?, bound: Time?) -> CheckResult {
        guard let time else {
            let isAsked = policy.maximumAge != nil || policy.notBefore != nil
            guard isAsked else { return .skipped(Self.name, "nothing that was signed says when it was built") }
            return CheckResult(Self.name, reasons: ["nothing that was signed says when it was built, and its age was asked for"])
        }
        var result = CheckResult(Self.name, evidence: ["built \(time.moment) according to \(time.source)"])
        if let limit = policy.maximumAge, let now = policy.now {
            let age = now.seconds - time.moment.seconds
            if age > limit {
                result.reasons.append("it is \(Self.words(age)) old (\(time.moment)); at most \(Self.words(limit)) are allowed")
            } else {
                result.evidence.append("\(Self.words(max(0, age))) old, at most \(Self.words(limit)) are allowed")
            }
        }
        if let now = policy.now, time.moment.seconds > now.seconds + 300 {
            result.reasons.append("it says that it was built at \(time.moment), which is in the future")
        }
        switch policy.notBefore {
        case nil: break
        case .time(let earliest): compare(time, with: earliest, "\(earliest)", &result)
        case .release(let digest):
            if let bound {
                compare(time, with: bound.moment, "\(digest) of \(bound.moment)", &result)
            } else {
                result.reasons.append("the release \(digest) it must not be older than is not there, or nothing signed says its time")
            }
        }
        return result
    }

    private func compare(_ time: Time, with earliest: Timestamp, _ name: String, _ result: inout CheckResult) {
        if time.moment < earliest {
            result.reasons.append("it was built \(time.moment), before \(name): an older release is being served")
        } else {
            result.evidence.append("not older than \(name)")
        }
    }

    private static func words(_ seconds: Int) -> String {
        if seconds >= 2 * 86400 { return "\(seconds / 86400) days" }
        return seconds >= 2 * 3600 ? "\(seconds / 3600) hours" : "\(seconds) seconds"
    }
}
