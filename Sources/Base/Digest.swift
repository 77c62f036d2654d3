// SPDX-License-Identifier: Apache-2.0
import Crypto

/// A content address: SHA-256 in lower-case hexadecimal, written `sha256:<64 hex>`.
///
/// OCI image-spec, descriptor.md "Digests". A value that exists is well formed.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The 64 lower-case hexadecimal characters without the algorithm.
    package let hex: String

    /// Reads `sha256:<hex>`; nil when the text is anything else.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: text.dropFirst(7))
    }

    /// Reads 64 lower-case hexadecimal characters; nil when the text is anything else.
    package init?(hex: some StringProtocol) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.hex = String(hex)
    }

    init(_ digest: SHA256Digest) { hex = Hex.encode(digest) }

    /// The digest of a whole buffer.
    package static func sha256(of bytes: some Sequence<UInt8>) -> Digest {
        var hasher = DigestHasher()
        if bytes.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
            hasher.update(Array(bytes))
        }
        return hasher.finish()
    }

    /// The digest of a text's UTF-8 bytes.
    package static func sha256(of text: String) -> Digest { sha256(of: Array(text.utf8)) }

    /// The 32 raw bytes.
    package var bytes: [UInt8] { Hex.decode(hex) ?? [] }
    /// `sha256:<hex>`.
    package var description: String { "sha256:" + hex }
    /// The first twelve characters, for people.
    package var short: String { String(hex.prefix(12)) }

    package static func < (a: Digest, b: Digest) -> Bool { a.hex < b.hex }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Digest(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "expected sha256:<64 hex>, found \(text)"))
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// SHA-256 over bytes that arrive in pieces.
package struct DigestHasher: Sendable {
    private var state = SHA256()
    package init() {}
    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { state.update(bufferPointer: $0) } }
    package mutating func update(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { state.update(bufferPointer: $0) } }
    package mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }
    package consuming func finish() -> Digest { Digest(state.finalize()) }
}

/// Lower-case hexadecimal text.
package enum Hex {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of an even number of hexadecimal characters; nil when a character is not one.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 2)
        for index in stride(from: 0, to: characters.count, by: 2) {
            guard let high = value(characters[index]), let low = value(characters[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 48...57: character - 48
        case 97...102: character - 87
        case 65...70: character - 55
        default: nil
        }
    }
}
