// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import HTTPTypes
import Hummingbird
import NIOCore
import OCI
import Records

/// Feeds of what happened and lists of builds, for readers and bots: `/feed.atom`, `/images/NAME/feed.atom`, `/renovate/NAME.json`,
/// `/renovate/NAME/STREAM.json`.
struct FeedFiles: Sendable {
    let records: RecordStore
    /// What tells this catalog from others: its key, or else its name.
    let identity: Digest
    let source: String?
    let now: @Sendable () -> Timestamp

    private static let entryLimit = 50
    /// Events looked at for one feed.
    private static let depth = 2000
    private static let releaseLimit = 500

    static func holds(_ path: String) -> Bool {
        path == "/feed.atom" || path.hasSuffix("/feed.atom") || (path.hasPrefix("/renovate/") && path.hasSuffix(".json"))
    }

    /// Nil when there is no such file, or the caller may not see it.
    func respond(to path: String, at origin: String, ifNoneMatch: String?, _ isVisible: (String) -> Bool) throws -> Response? {
        if path == "/feed.atom" { return file(try catalog(at: origin, isVisible), AtomFeed.mediaType, ifNoneMatch) }
        if let name = path.between("/images/", "/feed.atom"), isVisible(name), !(try records.latestReleases(in: name)).isEmpty {
            return file(try image(name, at: origin), AtomFeed.mediaType, ifNoneMatch)
        }
        if let name = path.between("/renovate/", ".json"), let bytes = try releases(name, at: origin, isVisible) {
            return file(bytes, "application/json", ifNoneMatch)
        }
        return nil
    }

    private func file(_ bytes: [UInt8], _ type: String, _ ifNoneMatch: String?) -> Response {
        let tag = "\"\(Digest.sha256(of: bytes).hex)\""
        let headers: HTTPFields = [.contentType: type, .eTag: tag, .cacheControl: "no-cache", .vary: "Host, Authorization"]
        guard !HTTPText.matches(ifNoneMatch, tag) else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func catalog(at origin: String, _ isVisible: (String) -> Bool) throws -> [UInt8] {
        var events: [KeptEvent] = []
        var before = Int64.max
        var seen = 0
        while events.count < Self.entryLimit, seen < Self.depth {
            let batch = try records.events(before: before, limit: 200)
            guard let last = batch.last else { break }
            before = last.number
            seen += batch.count
            events += batch.filter { $0.event.image.map(isVisible) ?? true }
        }
        return AtomFeed(
            id: name(of: "catalog"), title: "Ashlar: what happens in this catalog", address: origin + "/feed.atom", page: origin + "/",
            events: Array(events.prefix(Self.entryLimit)), origin: origin
        ).bytes
    }

    private func image(_ name: String, at origin: String) throws -> [UInt8] {
        let page = origin + Address.at("images", name).text
        return AtomFeed(
            id: self.name(of: "image \(name)"), title: "Ashlar: \(name)", address: page + "/feed.atom", page: page,
            events: try records.events(about: name, limit: Self.entryLimit), origin: origin
        ).bytes
    }

    private func name(of what: String) -> String { AtomFeed.name(of: .sha256(of: "feed of \(what) in \(identity)")) }

    private func releases(_ path: String, at origin: String, _ isVisible: (String) -> Bool) throws -> [UInt8]? {
        var found: [Release] = isVisible(path) ? try records.releases(in: path, limit: Self.releaseLimit) : []
        if found.isEmpty, let slash = path.lastIndex(of: "/"), case let name = String(path[..<slash]), isVisible(name) {
            let stream = path[path.index(after: slash)...]
            found = try records.releases(in: name, limit: Self.releaseLimit).filter { $0.stream == stream }
        }
        guard let repository = found.first?.repository else { return nil }
        let times = try records.publicationTimes(in: repository)
        let today = now()
        let items = try found.map { release in
            let isOver = release.supportEnds([], at: today, warnBefore: 0).contains { $0.stage == .over }
            return ReleaseList.Item(
                release: release, published: times[release.index] ?? release.created,
                isDeprecated: try isOver || records.withdrawal(of: release.index) != nil)
        }
        return ReleaseList(items: items, origin: origin, source: source).json.prettyBytes
    }
}

extension String {
    fileprivate func between(_ prefix: String, _ suffix: String) -> String? {
        guard hasPrefix(prefix), hasSuffix(suffix), utf8.count > prefix.utf8.count + suffix.utf8.count else { return nil }
        let name = String(dropFirst(prefix.count).dropLast(suffix.count))
        return name.isEmpty ? nil : name
    }
}
