// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import NIOCore

/// The files that pages load. Their names carry the digest of what they hold, so that they may be kept for ever.
enum Assets {
    struct File: Sendable {
        let path: String
        let type: String
        let text: String
        let etag: String

        init(_ name: String, _ ending: String, _ type: String, _ text: String) {
            let digest = Digest.sha256(of: text)
            path = "\(Assets.prefix)\(name)-\(digest.short).\(ending)"
            self.type = type
            self.text = text
            etag = "\"\(digest.short)\""
        }
    }

    static let prefix = "/assets/"
    static let style = File("ashlar", "css", "text/css; charset=utf-8", Stylesheet.text)
    static let script = File("ashlar", "js", "text/javascript; charset=utf-8", Script.text)
    static let icons = File("icons", "svg", "image/svg+xml", Icons.sprite)
    static let favicon = File("mark", "svg", "image/svg+xml", Icons.favicon)
    private static let files = Dictionary(
        [style, script, icons, favicon].map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })

    /// The answer to a path that begins with the prefix; nil when there is nothing under it.
    static func respond(to path: String, ifNoneMatch: String?) -> Response? {
        guard let file = files[path] else { return nil }
        var headers: HTTPFields = [.contentType: file.type, .eTag: file.etag, .cacheControl: Registry.forEver]
        headers[.resourcePolicy] = "same-origin"
        guard !HTTPText.matches(ifNoneMatch, file.etag) else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: file.text)))
    }
}

/// The one stylesheet: tokens first, then the components in the order in which pages use them.
enum Stylesheet {
    static let text = [tokens, frame, pages, small, print].joined(separator: "\n")
}
