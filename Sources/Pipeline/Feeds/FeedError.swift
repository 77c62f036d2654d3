// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a feed could not be had.
package enum FeedError: Diagnosable, Hashable {
    case unknown(String, nearest: String?)
    /// The server answered something else than the feed.
    case refused(title: String, status: Int, source: String)
    case cannotRead(path: String, reason: String)
    /// Much less than the feed had before: half a feed looks like a clean image.
    case shrunk(title: String, before: Int, now: Int)
    /// Several feeds failed; each reason stands with its feed.
    case failed([String])
    case badDate(String)
    /// Statements of others that cannot be used at all.
    case badStatements(source: String, reason: String)
    case badSignature(source: String, reason: String)
    /// A source that has no address.
    case byHand(title: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .unknown(let name, let nearest):
            Diagnosis(
                "feeds.unknown", .usage, "there is no feed `\(name)`",
                remedy: nearest.map { "did you mean `\($0)`?" } ?? "see `ashlar feeds list`")
        case .refused(let title, let status, let source):
            Diagnosis(
                "feeds.refused", .unavailable, "expected \(title) from \(source), found the answer \(status)",
                remedy: "try again later, or bring the file in with `ashlar feeds import`")
        case .cannotRead(let path, let reason):
            Diagnosis("feeds.cannot-read", .notFound, "could not read \(path): \(reason)", remedy: "check the path and who may read it")
        case .shrunk(let title, let before, let now):
            Diagnosis(
                "feeds.shrunk", .untrusted, "\(title) had \(before) records, and now has \(now)",
                remedy: "look at it; when it is right, take it with `ashlar feeds import --accept-fewer`")
        case .failed(let reasons):
            Diagnosis(
                "feeds.failed", .unavailable, "\(reasons.count) feed\(reasons.count == 1 ? "" : "s") could not be updated",
                remedy: "what was there before stays in use and grows old; try again, or use `ashlar feeds import`", notes: reasons)
        case .badStatements(let source, let reason):
            Diagnosis(
                "feeds.bad-statements", .untrusted, "expected VEX documents of \(source), found \(reason)",
                remedy: "what was there before stays in use; look at the document, and at the source in vex-sources.yaml")
        case .badSignature(let source, let reason):
            Diagnosis(
                "feeds.bad-signature", .untrusted, "expected VEX signed by \(source), found that \(reason)",
                remedy: "what was there before stays in use; when the source changed its key, put the new one into the catalog")
        case .byHand(let title):
            Diagnosis(
                "feeds.by-hand", .usage, "\(title) has no address",
                remedy: "bring its file in with `ashlar feeds import`, or write its address into vex-sources.yaml")
        case .badDate(let text):
            Diagnosis(
                "feeds.bad-date", .usage, "expected the day that the data is from, found `\(text)`",
                remedy: "write it as 2026-11-23 or 2026-11-23T08:00:00Z")
        }
    }
}
