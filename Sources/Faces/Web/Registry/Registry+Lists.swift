// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import OCI
import Records

extension Registry {
    /// distribution-spec 1.1.1 "Listing tags": ASCII order, `n` and `last`, `Link` when there are more.
    func tags(in repository: String, _ query: String?) throws -> Response {
        let page = try Page(query)
        guard let names = try records.tags(in: repository, after: page.last, limit: page.fetchCount) else {
            throw RegistryRefusal.unknownName(repository)
        }
        let (shown, headers) = page.cut(names, path: "/v2/\(repository)/tags/list")
        return json(["name": JSON(repository), "tags": JSON(shown)], headers: headers)
    }

    /// `/v2/_catalog`: not in the specification, known to every client. Shows what the caller may pull.
    func catalog(_ query: String?, for caller: Caller) throws -> Response {
        let page = try Page(query)
        var names: [String] = []
        var last = page.last
        while names.count < page.fetchCount {
            let batch = try records.repositories(after: last, limit: Self.catalogBatch)
            names += batch.filter { access.lists($0, for: caller) }
            last = batch.last
            if batch.count < Self.catalogBatch { break }
        }
        let (shown, headers) = page.cut(names, path: "/v2/_catalog")
        return json(["repositories": JSON(shown)], headers: headers)
    }

    /// distribution-spec 1.1.1 "Listing Referrers": an index, empty when there are none, also for what we do not know.
    func referrers(of text: String, in repository: String, _ query: String?) async throws -> Response {
        guard let address = ContentAddress(text) else { throw RegistryRefusal.badDigest(text) }
        let filter = HTTPText.parameter("artifactType", in: query).flatMap { $0.isEmpty ? nil : $0 }
        let after = HTTPText.parameter("after", in: query).flatMap { Int64($0) } ?? 0
        let limit = min(try Page(query).count ?? Self.referrerLimit, Self.referrerLimit)
        let names = try records.names(of: address)
        let found = try records.referrers(
            ofAny: names, in: repository, artifactType: filter, page: .init(after: after, limit: limit + 1, budget: Self.listBudget))
        // Only who asks by a SHA-512 is known to read one. To all others a manifest is called what it is stored under, whoever pushed
        // it: one entry that a client cannot read spoils the list for it.
        var isWide = false
        if case .sha512 = address { isWide = true }
        let describe = { (manifest: StoredManifest) in descriptor(manifest, as: isWide ? manifest.name : manifest.digest.description) }
        var descriptors: [JSON] = []
        var headers: HTTPFields = filter == nil ? [:] : [.filtersApplied: "artifactType"]
        // Listed elsewhere only: they come with the first page.
        var size = 0
        if after == 0 {
            for manifest in try await Self.onDisk({ try folded(names, in: repository, artifactType: filter) }) {
                let descriptor = describe(manifest)
                size += descriptor.canonicalBytes.count
                guard size < Self.listBudget / 2 else { break }
                descriptors.append(descriptor)
            }
            size = min(size, Self.listBudget / 2)
        }
        for (index, entry) in found.enumerated() {
            let descriptor = describe(entry.manifest)
            size += descriptor.canonicalBytes.count
            guard index < limit, size < Self.listBudget || index == 0 else {
                let place = index > 0 ? found[index - 1].place : after
                var next = "/v2/\(repository)/referrers/\(address)?n=\(limit)&after=\(place)"
                if let filter { next += "&artifactType=\(HTTPText.encoded(filter))" }
                if limit > 0 { headers[.link] = "<\(next)>; rel=\"next\"" }
                break
            }
            descriptors.append(descriptor)
        }
        let index: JSON = ["schemaVersion": 2, "mediaType": JSON(MediaType.index), "manifests": .array(descriptors)]
        return json(index, type: MediaType.index, headers: headers)
    }

    private static let referrerLimit = 1000
    /// Clients read at most 4 MiB of a list.
    private static let listBudget = 3 << 20
    private static let catalogBatch = 1000

    /// What clients that did not know the API listed under the tag that stands in for it, and that has no subject of its own
    /// (distribution-spec 1.1.1 "Enabling the Referrers API").
    private func folded(_ names: [String], in repository: String, artifactType: String?) throws -> [StoredManifest] {
        var found: [StoredManifest] = []
        var known: Set<Digest> = []
        var size = 0
        for name in names {
            guard let tag = Self.fallbackTag(for: name), let listing = try records.manifest(tagged: tag, in: repository),
                listing.mediaType == MediaType.index, listing.size <= PushedManifest.limit,
                let index = try? PushedManifest(reading: Array(bytes(of: listing.digest).readableBytesView), as: listing.mediaType)
            else { continue }
            // Anybody may ask, and one index may list what takes minutes to look up.
            for reference in index.references.prefix(Self.referrerLimit) where size < Self.listBudget {
                guard let digest = try records.digest(of: reference.address), let stored = try records.manifest(digest, in: repository),
                    stored.subjectName.map(names.contains) != true,
                    artifactType == nil || stored.artifactType == artifactType, known.insert(digest).inserted
                else { continue }
                size += stored.annotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
                found.append(stored)
            }
        }
        return found
    }

    /// distribution-spec 1.1.1 "Referrers Tag Schema": the algorithm, a dash, at most 64 characters.
    static func fallbackTag(for name: String) -> String? {
        let parts = name.split(separator: ":")
        return parts.count == 2 ? "\(parts[0].prefix(32))-\(parts[1].prefix(64))" : nil
    }

    private func descriptor(_ manifest: StoredManifest, as name: String) -> JSON {
        var members: [String: JSON] = [
            "mediaType": JSON(manifest.mediaType), "digest": JSON(name), "size": JSON(manifest.size),
        ]
        if let type = manifest.artifactType { members["artifactType"] = JSON(type) }
        if !manifest.annotations.isEmpty { members["annotations"] = JSON(manifest.annotations) }
        return .object(members)
    }
}

/// `n` and `last` of a list.
struct Page {
    let count: Int?
    let last: String?
    private static let largest = 10_000

    init(_ query: String?) throws(RegistryRefusal) {
        last = HTTPText.parameter("last", in: query)
        guard let text = HTTPText.parameter("n", in: query) else {
            count = nil
            return
        }
        guard let number = Int(text), number >= 0 else { throw .badNumber(text) }
        count = min(number, Self.largest)
    }

    private var shownCount: Int { count ?? Self.largest }
    /// One more than is shown tells whether there are more.
    var fetchCount: Int { shownCount == 0 ? 0 : shownCount + 1 }

    func cut(_ names: [String], path: String) -> ([String], HTTPFields) {
        guard shownCount > 0 else { return ([], [:]) }
        guard names.count > shownCount else { return (names, [:]) }
        let shown = Array(names.prefix(shownCount))
        // Names and tags have no character that needs escaping, except the slash, which may stand in a query.
        return (shown, [.link: "<\(path)?n=\(shownCount)&last=\(shown.last ?? "")>; rel=\"next\""])
    }
}
