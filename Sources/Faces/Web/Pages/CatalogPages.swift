// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore
import OCI
import Records

/// The catalog as pages: rendered on the server, no scripts, nothing from elsewhere.
struct CatalogPages: Sendable {
    private let records: RecordStore
    private let blobs: FileBlobStore
    private let hasKey: Bool
    private let library: MustacheLibrary
    /// Bytes up to which a manifest is read for its layers.
    private static let manifestLimit = 4 << 20
    private static let historyLimit = 50
    /// Pieces of evidence shown about one manifest.
    private static let evidenceLimit = 100

    init(records: RecordStore, blobs: FileBlobStore, hasKey: Bool) throws {
        self.records = records
        self.blobs = blobs
        self.hasKey = hasKey
        library = try Templates.library()
    }

    /// The images that `isVisible` lets a visitor see.
    func home(_ visitor: Visitor, _ isVisible: (String) -> Bool = { _ in true }) throws -> Response {
        let releases = try records.latestReleases().filter { isVisible($0.repository) }
        let names = releases.reduce(into: [String]()) { if $0.last != $1.repository { $0.append($1.repository) } }
        let images = names.map { name in image(name, releases.filter { $0.repository == name }, visitor) }
        let count = images.count == 1 ? "1 image" : "\(images.count) images"
        return render(
            HomeModel(hasKey: hasKey, host: visitor.host, isEmpty: images.isEmpty, count: count, images: images), with: "home")
    }

    func image(_ name: String, _ visitor: Visitor) throws -> Response {
        let releases = try records.latestReleases(in: name)
        guard !releases.isEmpty else { return notFound(visitor) }
        let history = try records.releases(in: name, limit: Self.historyLimit)
        return render(image(name, releases, visitor, details: { try? details(of: $0) }, history: history), with: "image")
    }

    func notFound(_ visitor: Visitor) -> Response {
        let text = "There is no page with this address on \(visitor.host). Images are at /images/ followed by their name."
        return render(MessageModel(title: "Not found", hasKey: hasKey, text: text), with: "message", status: .notFound)
    }

    func failed(_ status: HTTPResponse.Status, requestID: String) -> Response {
        let text = "The page could not be made. The server's log has the reason under request \(requestID)."
        return render(MessageModel(title: "No answer", hasKey: hasKey, text: text), with: "message", status: status)
    }

    // MARK: -

    private func image(
        _ name: String, _ releases: [Release], _ visitor: Visitor, details: (Release) -> [PlatformDetails]? = { _ in nil },
        history: [Release] = []
    ) -> ImageModel {
        // The stream people mean when they name none speaks for the image; variants such as `-dev` come after what they vary.
        let releases = releases.sorted { first, second in
            let (one, other) = (first.tags.contains("latest"), second.tags.contains("latest"))
            return one == other ? first.stream < second.stream : one
        }
        let newest = releases.first
        let streams = releases.map { release in
            var stream = StreamModel(release, visitor)
            stream.details = details(release) ?? []
            return stream
        }
        let builds = history.map {
            BuildModel(
                name: name, buildTag: $0.buildTag, stream: $0.stream, digest: $0.index.description, shortDigest: $0.index.short,
                created: $0.created.description)
        }
        return ImageModel(
            title: newest?.title ?? name, hasKey: hasKey, base: (visitor.isSecure ? "https://" : "http://") + visitor.host, name: name,
            summary: newest?.summary ?? "", hasSummary: newest?.summary.isEmpty == false, streams: streams, hasHistory: !builds.isEmpty,
            history: builds)
    }

    /// Layers and evidence, read from the manifests themselves.
    private func details(of release: Release) throws -> [PlatformDetails] {
        var all = try release.platforms.map { platform in
            let manifest = try manifest(platform.manifest)
            let layers = (manifest?["layers"]?.array ?? []).compactMap { layer -> BlobModel? in
                guard let digest = layer["digest"]?.string.flatMap({ Digest($0) }) else { return nil }
                return BlobModel(
                    name: release.repository, digest: digest.description, shortDigest: digest.short,
                    mediaType: layer["mediaType"]?.string ?? "", size: Readable.size(layer["size"]?.int ?? 0))
            }
            let evidence = try evidence(on: platform.manifest, in: release.repository)
            return PlatformDetails(
                platform: platform.platform.description, layers: layers, hasEvidence: !evidence.isEmpty, evidence: evidence)
        }
        let onIndex = try evidence(on: release.index, in: release.repository)
        if !onIndex.isEmpty { all.append(PlatformDetails(platform: "All platforms", layers: [], hasEvidence: true, evidence: onIndex)) }
        return all
    }

    /// The catalog's own: what others attached says of itself what it likes, and is found with the registry's API.
    private func evidence(on subject: Digest, in repository: String) throws -> [EvidenceModel] {
        try records.publishedReferrers(of: subject, in: repository, limit: Self.evidenceLimit).map { referrer in
            let type = referrer.annotations["dev.sigstore.bundle.predicateType"] ?? referrer.artifactType ?? referrer.mediaType
            // The document itself is the manifest's layer.
            let document = try manifest(referrer.digest)?["layers"]?[0]?["digest"]?.string.flatMap { Digest($0) }
            let href = document.map { "/v2/\(repository)/blobs/\($0)" } ?? "/v2/\(repository)/manifests/\(referrer.digest)"
            let shown = document ?? referrer.digest
            return EvidenceModel(
                label: Readable.evidence(type), href: href, digest: shown.description, shortDigest: shown.short, type: type)
        }
    }

    private func manifest(_ digest: Digest) throws -> JSON? {
        guard let size = try blobs.size(of: digest), size <= Self.manifestLimit else { return nil }
        return try JSON.parse(blobs.read(digest))
    }

    private func render(_ model: Any, with template: String, status: HTTPResponse.Status = .ok) -> Response {
        let html = library.render(model, withTemplate: template) ?? ""
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache",
                .contentSecurityPolicy:
                    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                .referrerPolicy: "no-referrer", .openerPolicy: "same-origin", .resourcePolicy: "same-origin", .vary: "Host, Authorization",
            ],
            body: .init(byteBuffer: ByteBuffer(string: html)))
    }
}
