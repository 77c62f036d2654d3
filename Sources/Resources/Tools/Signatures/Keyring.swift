// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc9580#name-packet-syntax
import Base
import Crypto

/// A file of OpenPGP public keys, read only far enough to know whose keys are in it.
package struct Keyring: Sendable, Hashable {
    /// Fingerprints of the primary keys in the order of the file: 40 upper-case hexadecimal characters.
    package let fingerprints: [String]

    /// Reads a binary or armoured keyring of version 4 keys.
    package init(_ bytes: [UInt8], name: String) throws(ToolsError) {
        let packets = try Armor.binary(bytes, name: name)
        var found: [String] = []
        var reader = OpenPGPPacketReader(packets, name: name)
        while let packet = try reader.next() {
            switch packet.tag {
            case 6: found.append(try Self.fingerprint(of: packet.body, name: name))
            // Signature, trust, user id, subkey, user attribute, padding: they belong to the primary key before them.
            case 2, 12, 13, 14, 17, 21:
                if found.isEmpty { throw .keyringMalformed(name: name, reason: "packet type \(packet.tag) before any public key") }
            case 5, 7: throw .keyringMalformed(name: name, reason: "a secret key")
            default: throw .keyringMalformed(name: name, reason: "packet type \(packet.tag)")
            }
        }
        guard !found.isEmpty else { throw .keyringMalformed(name: name, reason: "no key") }
        fingerprints = found
    }

    /// Demands that the keyring holds the pinned keys and not one more. Spaces and case in the pins do not matter.
    package static func check(_ bytes: [UInt8], name: String, pinned: [String]) throws(ToolsError) -> Keyring {
        let keyring = try Keyring(bytes, name: name)
        let pins = Set(pinned.map(normalized))
        let present = Set(keyring.fingerprints)
        let strangers = present.subtracting(pins).sorted()
        let missing = pins.subtracting(present).sorted()
        guard strangers.isEmpty, missing.isEmpty else { throw .keyringNotPinned(name: name, strangers: strangers, missing: missing) }
        return keyring
    }

    static func normalized(_ fingerprint: String) -> String { fingerprint.filter { !$0.isWhitespace }.uppercased() }

    /// RFC 9580 section 5.5.4.2: SHA-1 over 0x99, the length in two bytes, and the packet body.
    private static func fingerprint(of body: ArraySlice<UInt8>, name: String) throws(ToolsError) -> String {
        guard body.first == 4 else { throw .keyringMalformed(name: name, reason: "a key of version \(body.first ?? 0)") }
        guard body.count <= 0xFFFF else { throw .keyringMalformed(name: name, reason: "a key packet of \(body.count) bytes") }
        var hash = Insecure.SHA1()
        hash.update(data: [0x99, UInt8(body.count >> 8), UInt8(body.count & 0xFF)])
        hash.update(data: body)
        return Hex.encode(hash.finalize()).uppercased()
    }
}

/// Walks over OpenPGP packets; every length is checked against the bytes that are there.
struct OpenPGPPacketReader {
    struct Packet {
        let tag: Int
        let body: ArraySlice<UInt8>
    }
    private let bytes: [UInt8]
    private let name: String
    private var position = 0
    private var count = 0

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    /// The next packet, or nil at the end.
    mutating func next() throws(ToolsError) -> Packet? {
        guard position < bytes.count else { return nil }
        count += 1
        guard count <= 20_000 else { throw fault("more than 20000 packets") }
        let header = try byte()
        guard header & 0x80 != 0 else {
            throw fault(
                bytes.count > 12 && bytes[8...].starts(with: Array("KBXf".utf8))
                    ? "a keybox file" : "no OpenPGP packet at byte \(position - 1)")
        }
        let isNewFormat = header & 0x40 != 0
        let tag = Int(isNewFormat ? header & 0x3F : header >> 2 & 0x0F)
        let length = isNewFormat ? try newLength() : try oldLength(header & 3)
        guard length <= bytes.count - position else { throw fault("a packet longer than the file at byte \(position)") }
        defer { position += length }
        return Packet(tag: tag, body: bytes[position..<(position + length)])
    }

    private mutating func newLength() throws(ToolsError) -> Int {
        let first = try byte()
        switch first {
        case 0..<192: return Int(first)
        case 192..<224: return (Int(first) - 192) << 8 + Int(try byte()) + 192
        case 255: return try number(4)
        default: throw fault("a packet of partial length")
        }
    }

    private mutating func oldLength(_ type: UInt8) throws(ToolsError) -> Int {
        switch type {
        case 0: try number(1)
        case 1: try number(2)
        case 2: try number(4)
        default: throw fault("a packet of unknown length")
        }
    }

    private mutating func number(_ size: Int) throws(ToolsError) -> Int {
        var value = 0
        for _ in 0..<size { value = value << 8 | Int(try byte()) }
        return value
    }

    private mutating func byte() throws(ToolsError) -> UInt8 {
        guard position < bytes.count else { throw fault("the end of the file inside a packet") }
        defer { position += 1 }
        return bytes[position]
    }

    private func fault(_ reason: String) -> ToolsError { .keyringMalformed(name: name, reason: reason) }
}
