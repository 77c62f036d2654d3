// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore

/// The publisher did not take the image back. Of several statements the newest counts; at the same time, the one that takes it back.
///
/// What cannot be read, or is not in the log that is demanded, counts as well: to doubt it would be to use what somebody with the key
/// does not want to be used.
enum RevocationCheck: VerificationCheck {
    static let name = "revocation"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        let pieces = exhibit.signed + exhibit.unlogged.map(\.piece) + exhibit.misnamed
        let statements = pieces.compactMap { piece -> Statement? in
            guard case .claim(let statement) = piece.fact, statement.predicateType == PredicateType.revocation else { return nil }
            return statement
        }
        guard !statements.isEmpty else { return .skipped(name, "nothing says that it was taken back") }
        let read = statements.map { Revocation($0.predicate) }
        guard !read.contains(nil) else {
            return CheckResult(name, reasons: ["a signed statement about its revocation cannot be read"])
        }
        let newest = read.compactMap(\.self).max { a, b in
            (a.time, a.state == .revoked ? 1 : 0) < (b.time, b.state == .revoked ? 1 : 0)
        }
        guard let newest else { return .skipped(name, "nothing says that it was taken back") }
        switch newest.state {
        case .reinstated: return CheckResult(name, evidence: ["taken back once, and since \(newest.time) good again"])
        case .revoked:
            let instead = newest.replacement.map { "; use \(shown($0)) instead" } ?? ""
            return CheckResult(name, reasons: ["its publisher revoked it at \(newest.time): \(shown(newest.reason))\(instead)"])
        }
    }

    private static func shown(_ text: String) -> String { String(text.prefix(300)) }
}
