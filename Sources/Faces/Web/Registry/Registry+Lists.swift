// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import OCI
import Records

extension Registry {
    private static let catalogBatch = 1000

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
    func catalog(_ query: String?, _ caller: Caller) throws -> Response {
        let page = try Page(query)
        var names: [String] = []
        var last = page.last
        while page.fetchCount.map({ names.count < $0 }) ?? true {
            let batch = try records.repositories(after: last, limit: Self.catalogBatch)
            names += batch.filter { access.lists($0, for: caller) }
            last = batch.last
            if batch.count < Self.catalogBatch { break }
        }
        if let count = page.fetchCount { names = Array(names.prefix(count)) }
        let (shown, headers) = page.cut(names, path: "/v2/_catalog")
        return json(["repositories": JSON(shown)], headers: headers)
    }

    /// distribution-spec 1.1.1 "Listing Referrers": an index, empty when there are none, also for what we do not know.
    func referrers(of text: String, in repository: String, _ query: String?) throws -> Response {
        guard let digest = Digest(text) else { throw RegistryRefusal.badDigest(text) }
        let filter = HTTPText.parameter("artifactType", in: query).flatMap { $0.isEmpty ? nil : $0 }
        let found = try records.referrers(of: digest, in: repository, artifactType: filter)
        let index: JSON = [
            "schemaVersion": 2, "mediaType": JSON(MediaType.index), "manifests": .array(found.map(descriptor)),
        ]
        return json(index, type: MediaType.index, headers: filter == nil ? [:] : [.filtersApplied: "artifactType"])
    }

    private func descriptor(_ manifest: StoredManifest) -> JSON {
        var members: [String: JSON] = [
            "mediaType": JSON(manifest.mediaType), "digest": JSON(manifest.digest.description), "size": JSON(manifest.size),
        ]
        if let type = manifest.artifactType { members["artifactType"] = JSON(type) }
        if !manifest.annotations.isEmpty { members["annotations"] = JSON(manifest.annotations) }
        return .object(members)
    }
}

/// `n` and `last` of a list.
private struct Page {
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

    /// One more than is shown tells whether there are more.
    var fetchCount: Int? { count.map { $0 == 0 ? 0 : $0 + 1 } }

    func cut(_ names: [String], path: String) -> ([String], HTTPFields) {
        guard let count, count > 0, names.count > count else { return (names, [:]) }
        let shown = Array(names.prefix(count))
        // Names and tags have no character that needs escaping, except the slash, which may stand in a query.
        return (shown, [.link: "<\(path)?n=\(count)&last=\(shown.last ?? "")>; rel=\"next\""])
    }
}
