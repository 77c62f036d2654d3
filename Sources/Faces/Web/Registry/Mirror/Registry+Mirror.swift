// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import OCI
import Pipeline
import Records

/// Repositories of other registries: what is asked for is brought into the store first, and then answered like everything else.
extension Registry {
    func mirror(of route: RegistryRoute) -> PullThrough? { route.repository.flatMap { mirrors?.mirror(of: $0) } }

    func pull(
        _ route: RegistryRoute, through mirror: PullThrough, _ request: Request, _ context: WebContext
    ) async throws -> Response {
        do {
            switch route {
            case .manifest(let repository, let reference): return try await mirrored(reference, in: repository, mirror, request)
            case .blob(let repository, let digest): return try await mirrored(blob: digest, in: repository, mirror, request, context)
            case .tags(let repository): return try await mirroredTags(in: repository, mirror, request.uri.query)
            case .referrers(let repository, let digest):
                return try await mirroredReferrers(of: digest, in: repository, mirror, request.uri.query)
            case .base, .catalog, .uploads, .upload: throw RegistryRefusal.notServed(request.uri.path)
            }
        } catch let refusal as MirrorRefusal {
            throw RegistryRefusal(refusal)
        }
    }

    private func mirrored(
        _ reference: String, in repository: String, _ mirror: PullThrough, _ request: Request
    ) async throws -> Response {
        guard !reference.utf8.contains(0x3A) else {
            let answer = try await mirror.manifest(try Self.digest(reference), in: repository)
            return try manifest(answer.digest.description, in: repository, request)
        }
        guard TagName.isWellFormed(reference) else { throw RegistryRefusal.unknownManifest(reference, repository) }
        let answer = try await mirror.manifest(tagged: reference, in: repository)
        var response = try manifest(answer.digest.description, in: repository, request)
        // What a tag names may change.
        response.headers[.cacheControl] = "no-cache"
        if let warning = answer.warning { response.headers.append(HTTPField(name: .warning, value: Self.warning(warning))) }
        return response
    }

    private func mirrored(
        blob text: String, in repository: String, _ mirror: PullThrough, _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let digest = try Self.digest(text)
        // What was withdrawn here is not fetched either.
        if let withdrawal = try records.withdrawal(of: digest) { throw RegistryRefusal.withdrawn(withdrawal) }
        switch try await mirror.blob(digest, in: repository, for: request.method == .head ? .size : .bytes) {
        case .here: return try await blob(text, in: repository, request, context)
        case .there(let size):
            var headers = Self.headers(digest.description, "application/octet-stream", cache: "no-cache")
            headers[.contentLength] = String(size)
            return Response(status: .ok, headers: headers)
        }
    }

    private func mirroredTags(in repository: String, _ mirror: PullThrough, _ query: String?) async throws -> Response {
        let page = try Page(query)
        let list = try await mirror.tags(in: repository)
        let rest = page.last.map { last in list.elements.filter { last.utf8.lexicographicallyPrecedes($0.utf8) } } ?? list.elements
        var (shown, headers) = page.cut(Array(rest.prefix(page.fetchCount)), path: "/v2/\(repository)/tags/list")
        if let warning = list.warning { headers[.warning] = Self.warning(warning) }
        return json(["name": JSON(repository), "tags": JSON(shown)], headers: headers)
    }

    private func mirroredReferrers(
        of text: String, in repository: String, _ mirror: PullThrough, _ query: String?
    ) async throws -> Response {
        let subject = try Self.digest(text)
        let filter = HTTPText.parameter("artifactType", in: query).flatMap { $0.isEmpty ? nil : $0 }
        let after = max(0, HTTPText.parameter("after", in: query).flatMap { Int($0) } ?? 0)
        let limit = min(try Page(query).count ?? Self.mirroredReferrerLimit, Self.mirroredReferrerLimit)
        let list = try await mirror.referrers(of: subject, in: repository)
        var headers: HTTPFields = filter == nil ? [:] : [.filtersApplied: "artifactType"]
        if let warning = list.warning { headers[.warning] = Self.warning(warning) }
        let found = list.elements.filter { filter == nil || $0.artifactType == filter }.dropFirst(min(after, list.elements.count))
        var (descriptors, size): ([JSON], Int) = ([], 0)
        for descriptor in found {
            let value = try CanonicalJSON.value(of: descriptor)
            size += value.canonicalBytes.count
            // Clients read at most 4 MiB of a list.
            guard descriptors.count < limit, size < 3 << 20 || descriptors.isEmpty else {
                var next = "/v2/\(repository)/referrers/\(subject)?n=\(limit)&after=\(after + descriptors.count)"
                if let filter { next += "&artifactType=\(HTTPText.encoded(filter))" }
                if limit > 0 { headers[.link] = "<\(next)>; rel=\"next\"" }
                break
            }
            descriptors.append(value)
        }
        let index: JSON = ["schemaVersion": 2, "mediaType": JSON(MediaType.index), "manifests": .array(descriptors)]
        return json(index, type: MediaType.index, headers: headers)
    }

    private static let mirroredReferrerLimit = 1000

    private static func digest(_ text: String) throws -> Digest {
        guard let address = ContentAddress(text) else { throw RegistryRefusal.badDigest(text) }
        guard case .sha256(let digest) = address else { throw MirrorRefusal.otherDigestAlgorithm(text) }
        return digest
    }

    /// distribution-spec 1.1.1 "Warnings": the text holds no quotes and no line ends.
    private static func warning(_ text: String) -> String {
        let safe = text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) && $0 != "\"" && $0 != "\\" ? Character($0) : "'" }
        return "299 - \"\(String(safe).prefix(500))\""
    }
}

extension RegistryRefusal {
    /// What a mirror refuses, in the codes of the specification.
    init(_ refusal: MirrorRefusal) {
        let text = String(
            String.UnicodeScalarView(refusal.explanation.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        switch refusal {
        case .notAllowed, .denied, .tooLarge, .published: self = .denied(text)
        case .quarantined(let quarantine):
            self = .denied(text)
            var detail: [String: JSON] = [
                "state": "quarantined", "digest": JSON(quarantine.digest.description), "seen": JSON(quarantine.seen.description),
                "until": JSON(quarantine.until.description),
            ]
            if let created = quarantine.created { detail["created"] = JSON(created) }
            self.detail = .object(detail)
        case .unknownName: self.init(status: .notFound, code: "NAME_UNKNOWN", message: text)
        case .unknownManifest, .notHere: self.init(status: .notFound, code: "MANIFEST_UNKNOWN", message: text)
        case .unknownBlob: self.init(status: .notFound, code: "BLOB_UNKNOWN", message: text)
        case .otherDigestAlgorithm: self.init(status: .badRequest, code: "DIGEST_INVALID", message: text)
        case .limited(_, let wait):
            self.init(
                status: .tooManyRequests, code: "TOOMANYREQUESTS", message: text,
                headers: [.retryAfter: String(max(wait, 1)), .cacheControl: "no-store"])
        case .unavailable(_, _, let wait):
            self.init(
                status: .serviceUnavailable, code: "UNAVAILABLE", message: text,
                headers: [.retryAfter: String(max(wait, 2)), .cacheControl: "no-store"])
        case .broken: self.init(status: .badGateway, code: "UNVERIFIED", message: text, headers: [.cacheControl: "no-store"])
        }
    }

    static func mirrored(_ repository: String, from upstream: String) -> Self {
        denied("\(repository) is a mirror of \(upstream): nothing is pushed into it and nothing deleted; see `ashlar store gc`")
    }
}
