// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

/// What verifiers need beside an image, below `/keys/`: for convenience. What a registry says about its own keys proves nothing; the
/// root key, which vouches for the keyring, is not among them and comes another way.
package struct PublicKeys: Sendable {
    package enum Document: String, Sendable, CaseIterable {
        case image = "cosign.pub"
        case log = "log.pub"
        /// Signed by the offline root key.
        case keyring = "keyring.json"
    }

    static let prefix = "/keys/"
    let read: @Sendable (Document) -> [UInt8]?

    /// The answer to a path that begins with the prefix; nil when there is nothing under it.
    func respond(to path: String) -> Response? {
        guard let document = Document(rawValue: String(path.dropFirst(Self.prefix.count))), let bytes = read(document) else { return nil }
        let type =
            switch document {
            case .image: "application/x-pem-file"
            case .log: "text/plain; charset=utf-8"
            case .keyring: "application/json"
            }
        return Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-cache"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
