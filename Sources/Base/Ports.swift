// SPDX-License-Identifier: Apache-2.0

/// A request to a server outside. Header names are compared without case.
package struct WebRequest: Sendable, Hashable {
    package var method: String
    /// Absolute, `http://`, `https://` or `file://`.
    package var url: String
    package var headers: [String: String]
    package var body: [UInt8]

    package init(_ method: String = "GET", _ url: String, headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// An answer whose body was read whole. Header names are in lower case.
package struct WebResponse: Sendable, Hashable {
    package var status: Int
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The way out of the machine. Implementations honour proxies, private CAs and credentials by themselves.
package protocol HTTPTransport: Sendable {
    /// Sends a request and reads at most `limit` bytes of answer; a longer one is refused. Any status is an answer.
    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse

    /// Writes the answer's body to `path`, going on after the bytes the file already holds (Range), with retries and
    /// back-off. Returns the response without its body. The file is left as it is on failure, for the next try.
    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse
}

/// Content-addressed bytes. A blob that exists under a digest is whole and was verified when it was written.
package protocol BlobStore: Sendable {
    /// The size in bytes, or nil when the store has no such blob.
    func size(of digest: Digest) throws -> Int?
    /// The whole blob.
    func read(_ digest: Digest) throws -> [UInt8]
    /// The whole blob, compared with its digest. One that changed since it was written is removed, so that it can be had anew, and
    /// an error thrown.
    func verified(_ digest: Digest) throws -> [UInt8]
    /// Stores bytes under their digest: written beside, flushed to disk, renamed. Storing twice is one blob.
    @discardableResult func write(_ bytes: [UInt8]) throws -> Digest
    /// Moves a file into the store if its bytes have the digest; the file is removed otherwise and an error thrown.
    func adopt(file path: String, expecting digest: Digest) throws
    /// The path of the blob's file for reading.
    func path(of digest: Digest) throws -> String
}

/// What is to be signed, named by what it is: a signer reads it by itself and refuses anything else.
package enum SignableMessage: Hashable, Sendable {
    /// An in-toto statement, JSON. Signed as DSSE demands: over the pre-authentication encoding of these bytes.
    case statement([UInt8])
    /// A simple signing payload, JSON; signed as it is.
    case simpleSigning([UInt8])
    /// A log's checkpoint: the text of a signed note without its signatures, ending in a line feed. Signed by the log's key.
    ///
    /// With it come the hashes that prove it to continue the checkpoint the signer signed last (RFC 6962 section 2.1.2); none when
    /// there was none, or the same. A signer refuses a checkpoint that does not: it would be a second history.
    case checkpoint([UInt8], consistency: [Digest])
    /// The signing input of a Notary Project envelope: protected header, dot, payload, both base64url.
    case notation([UInt8])
}

/// Makes signatures with keys it never shows.
package protocol Signer: Sendable {
    /// Signs all messages or none; one signature each, in their order.
    ///
    /// DER-encoded ECDSA P-256 over SHA-256; of a checkpoint the 64 bytes of Ed25519; of a Notary envelope the 64 bytes of
    /// ES256 (RFC 7518 section 3.4).
    func sign(_ messages: [SignableMessage]) async throws -> [[UInt8]]
    /// DER SubjectPublicKeyInfo of the key for images and statements.
    var publicKeyDER: [UInt8] { get }
    /// The 32 bytes of the log's Ed25519 key (RFC 8032); nil when this signer has none.
    var logPublicKey: [UInt8]? { get }
    /// Size and root of the checkpoint that was signed last; nil when there was none, or when the signer does not keep it.
    func lastCheckpoint() async throws -> (size: Int, root: Digest)?
}

/// Results that can be computed again, kept under the digest of everything they were computed from.
/// Losing one costs time and never correctness.
package protocol DerivedCache: Sendable {
    /// The bytes kept under a key, or nil. A damaged entry reads as nil.
    func read(_ kind: String, _ key: Digest) -> [UInt8]?
    /// Keeps bytes; a failure to do so is not an error.
    func write(_ kind: String, _ key: Digest, _ bytes: [UInt8])
}
