// SPDX-License-Identifier: Apache-2.0
package import Base

/// What may happen in a catalog that somebody wants to be told: a closed set.
package enum EventKind: String, Hashable, Sendable, Codable, CaseIterable {
    case releasePublished = "release.published"
    case buildFailed = "build.failed"
    case gateRefused = "gate.refused"
    case imageRevoked = "image.revoked"
    case imageReinstated = "image.reinstated"
    case endOfLifeNear = "end-of-life.near"
    case endOfLifeReached = "end-of-life.reached"
    /// A package of an image is in no index of its suite any more: nobody looks after it.
    case packageDropped = "package.dropped"
    case feedStale = "feed.stale"
    case objectiveBreached = "slo.breached"
    case proposalWritten = "proposal.written"

    /// How bad it is when nobody says otherwise.
    var severity: EventSeverity {
        switch self {
        case .releasePublished, .imageReinstated, .proposalWritten: .info
        case .buildFailed, .gateRefused, .endOfLifeNear, .feedStale: .warning
        case .imageRevoked, .endOfLifeReached, .packageDropped, .objectiveBreached: .critical
        }
    }
}

package enum EventSeverity: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case info, warning, critical

    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}

/// Something that happened in the catalog, as it is kept and told.
///
/// Its texts are one line each, bounded, and without characters that steer a terminal or turn the direction of writing: whoever made
/// them, they may be shown.
package struct CatalogEvent: Hashable, Sendable, Codable {
    package let kind: EventKind
    package let time: Timestamp
    package let severity: EventSeverity
    /// What it is about: `python:3.13`, or the name of a feed.
    package let subject: String
    /// The repository, for filters and feeds; nil when it is about no image.
    package let image: String?
    /// One sentence.
    package let title: String
    /// What a program wants to know: `digest`, `version`, `reason`.
    package let facts: [String: String]

    package init(
        _ kind: EventKind, at time: Timestamp, about subject: String, image: String? = nil, title: String, facts: [String: String] = [:],
        severity: EventSeverity? = nil
    ) {
        self.kind = kind
        self.time = time
        self.severity = severity ?? kind.severity
        self.subject = Self.line(subject, limit: 300)
        self.image = image.map { Self.line($0, limit: 300) }
        self.title = Self.line(title, limit: 300)
        let kept = facts.sorted { $0.key < $1.key }.prefix(20)
        self.facts = Dictionary(kept.map { (Self.line($0.key, limit: 60), Self.line($0.value, limit: 1000)) }) { first, _ in first }
    }

    /// One line of at most `limit` characters.
    package static func line(_ text: String, limit: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit * 4) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            case .format, .surrogate, .privateUse, .unassigned: continue
            default: scalars.append(scalar)
            }
        }
        let line = String(scalars)
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }
}

// MARK: - What happened

extension CatalogEvent {
    /// - Parameter isAgain: Whether an earlier release took its place again.
    package static func published(_ release: Release, isAgain: Bool, at time: Timestamp) -> CatalogEvent {
        let name = "\(release.repository):\(release.stream)"
        return CatalogEvent(
            .releasePublished, at: time, about: name, image: release.repository,
            title: "\(name) \(release.version) was published\(isAgain ? " again" : "") as \(release.buildTag)",
            facts: [
                "build": release.buildTag, "digest": release.index.description, "repository": release.repository, "stream": release.stream,
                "tags": release.tags.joined(separator: " "), "version": release.version,
            ])
    }

    /// A rebuild that came to nothing. The last good release stays in service.
    /// - Parameter reference: `python:3.13`.
    package static func buildFailed(_ reference: String, reason: String, code: String? = nil, at time: Timestamp) -> CatalogEvent {
        var facts = ["reason": reason]
        facts["code"] = code
        return CatalogEvent(
            .buildFailed, at: time, about: reference, image: repository(of: reference),
            title: "\(reference) could not be built; what was published before stays in service", facts: facts)
    }

    /// A rebuild that the catalog's gate does not let out. The last good release stays in service.
    package static func gateRefused(_ reference: String, reasons: [String], at time: Timestamp) -> CatalogEvent {
        CatalogEvent(
            .gateRefused, at: time, about: reference, image: repository(of: reference),
            title: "The gate refused \(reference); what was published before stays in service",
            facts: ["reasons": "\(reasons.count)", "reason": reasons.prefix(3).joined(separator: "; ")])
    }

    /// - Parameters:
    ///   - name: what it was called: `python:3.13.5-r1`, or its digest.
    ///   - state: `revoked` or `quarantined`.
    package static func withdrawn(
        _ digest: Digest, named name: String, image: String?, state: String, reason: String, replacement: String?, at time: Timestamp
    ) -> CatalogEvent {
        var facts = ["digest": digest.description, "reason": reason, "state": state]
        facts["replacement"] = replacement
        let instead = replacement.map { "; use \($0) instead" } ?? ""
        return CatalogEvent(
            .imageRevoked, at: time, about: name, image: image, title: "\(name) is \(state): \(reason)\(instead)", facts: facts)
    }

    package static func reinstated(_ digest: Digest, named name: String, image: String?, at time: Timestamp) -> CatalogEvent {
        CatalogEvent(
            .imageReinstated, at: time, about: name, image: image, title: "\(name) may be pulled again",
            facts: ["digest": digest.description])
    }

    package static func feedStale(_ feed: String, reason: String, at time: Timestamp) -> CatalogEvent {
        CatalogEvent(
            .feedStale, at: time, about: feed, title: "The feed \(feed) is stale: findings are lower bounds", facts: ["reason": reason])
    }

    /// - Parameter advisory: `CVE-2026-1234`.
    package static func objectiveBreached(
        _ reference: String, advisory: String, objective: String, cause: String, at time: Timestamp
    ) -> CatalogEvent {
        CatalogEvent(
            .objectiveBreached, at: time, about: reference, image: repository(of: reference),
            title: "\(advisory) in \(reference) is beyond its objective of \(objective)",
            facts: ["advisory": advisory, "cause": cause, "objective": objective])
    }

    /// - Parameter place: the branch or file in which the change waits for somebody.
    package static func proposalWritten(_ reference: String, place: String, summary: String, at time: Timestamp) -> CatalogEvent {
        CatalogEvent(
            .proposalWritten, at: time, about: reference, image: repository(of: reference),
            title: "A change of \(reference) waits for review in \(place)", facts: ["place": place, "summary": summary])
    }

    private static func repository(of reference: String) -> String {
        guard let colon = reference.lastIndex(of: ":"), !reference[colon...].contains("/") else { return reference }
        return String(reference[..<colon])
    }
}
