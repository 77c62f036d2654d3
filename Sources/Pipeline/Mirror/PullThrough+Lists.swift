// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI
import Publish
import Records

/// A list of the other registry, with what whoever reads it should know.
package struct MirroredList<Element: Sendable>: Sendable {
    package var elements: [Element]
    package var warning: String?
}

extension PullThrough {
    // Bytes of all pages of a list.
    private static let listLimit = 16 << 20
    private static let tagLimit = 50_000
    private static let referrerLimit = 10_000

    /// The tags over there in ASCII order, those in quarantine included.
    package func tags(in repository: String) async throws -> MirroredList<String> {
        let list = try await list(of: nil, in: repository) { name in
            guard case .read(let pages) = try await pages(.tags, of: name) else {
                throw MirrorRefusal.unknownName(repository)
            }
            let tags = Set(pages.flatMap { $0["tags"]?.array?.compactMap(\.string) ?? [] }.filter(Self.isTag))
            guard tags.count <= Self.tagLimit else { throw Self.tooLong("tags", limit: Self.tagLimit) }
            return .array(tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { JSON($0) })
        }
        return MirroredList(elements: list.json.array?.compactMap(\.string) ?? [], warning: list.warning)
    }

    /// What refers to a digest over there: by its referrers API, else by the tag that stands in for it.
    package func referrers(of subject: Digest, in repository: String) async throws -> MirroredList<Descriptor> {
        let list = try await list(of: subject, in: repository) { name in
            var found: [Descriptor] = []
            switch try await pages(.referrers(subject), of: name) {
            case .read(let pages): for page in pages { found += try ImageIndex(reading: page.canonicalBytes).manifests }
            case .refused:
                let tag = "sha256-\(subject.hex)"
                let response = try await client.unverifiedManifest("GET", tag, of: name)
                guard response.status == 200 || response.status == 404 else { throw refusal(for: response) }
                // An image that somebody tagged so is no list.
                if response.status == 200, let index = try? ImageIndex(reading: response.body) { found = index.manifests }
            }
            guard found.count <= Self.referrerLimit else { throw Self.tooLong("referrers", limit: Self.referrerLimit) }
            return try CanonicalJSON.value(of: found)
        }
        return MirroredList(
            elements: (try? CanonicalJSON.decode([Descriptor].self, from: list.json)) ?? [], warning: list.warning)
    }

    private func pages(_ list: UpstreamList, of name: RepositoryName) async throws -> RegistryClient.Pages {
        let pages = try await client.pages(list, of: name, limit: Self.listLimit)
        // 404 and its kin: no such repository, or no such interface.
        if case .refused(let response) = pages, ![400, 404, 405].contains(response.status) { throw refusal(for: response) }
        return pages
    }

    private func list(
        of subject: Digest?, in repository: String, _ read: (RepositoryName) async throws -> JSON
    ) async throws -> (json: JSON, warning: String?) {
        try await counting {
            let name = try upstreamName(of: repository)
            var known = try records.mirroredList(of: subject, in: repository)
            var (outcome, warning): (MirrorCounts.Outcome, String?) = (.hit, nil)
            if !isFresh(known?.checked) {
                do {
                    try await flights.once("list \(repository)@\(subject?.description ?? "")") {
                        let json = try await ask("the list of \(repository)", in: repository) { try await read(name) }
                        let (records, now, text) = (records, clock(), json.canonicalText)
                        try await onDisk { try records.remember(mirroredList: text, of: subject, in: repository, at: now) }
                    }
                    outcome = .fetched
                } catch let refusal as MirrorRefusal where known != nil && refusal.isPassing {
                    warning = stale(refusal, since: known?.checked)
                    outcome = .stale
                    tell(.servedStale(repository: repository, reference: "list", reason: refusal.explanation))
                }
                known = try records.mirroredList(of: subject, in: repository)
            }
            guard let known else { throw MirrorRefusal.notHere("this list of \(repository)") }
            guard let json = try? JSON.parse(Array(known.content.utf8)) else {
                throw RecordsError.damaged(table: "mirrored_lists", reason: "a list is not JSON")
            }
            return (outcome, (json, warning))
        }
    }

    private static func tooLong(_ what: String, limit: Int) -> PublishError {
        .malformedAnswer(registry: "the registry", path: what, reason: "it lists more than \(limit)")
    }

    /// distribution-spec 1.1.1: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
    private static func isTag(_ text: String) -> Bool { (try? Tag(text)) != nil }
}
