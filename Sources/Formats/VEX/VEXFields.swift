// SPDX-License-Identifier: Apache-2.0
import Base

/// Reads the members of documents that somebody else wrote, and counts what it read.
struct VEXFields {
    let limits: VEXLimits
    private var identifiers = 0

    init(_ limits: VEXLimits) { self.limits = limits }

    /// Why one record of a document is not used; the document goes on without it.
    struct Refused: Error {
        let expected: String
        let found: String
    }

    static func parse(_ bytes: [UInt8], _ limits: VEXLimits) throws(VEXError) -> JSON {
        guard bytes.count <= limits.bytes else { throw .tooLarge(limit: limits.bytes, found: bytes.count) }
        do { return try JSON.parse(bytes, limit: limits.bytes) } catch { throw .notJSON(error.diagnosis.summary) }
    }

    func text(_ json: JSON?, _ name: String) throws(Refused) -> String {
        guard let text = try optional(json, name) else { throw Refused(expected: "the text \(name)", found: Self.described(json)) }
        return text
    }

    func optional(_ json: JSON?, _ name: String) throws(Refused) -> String? {
        guard let json, !json.isNull else { return nil }
        guard let text = json.string else { throw Refused(expected: "a text as \(name)", found: Self.described(json)) }
        guard text.utf8.count <= limits.text else {
            throw Refused(expected: "at most \(limits.text) bytes as \(name)", found: "\(text.utf8.count)")
        }
        return text.isEmpty ? nil : text
    }

    func time(_ json: JSON?, _ name: String) throws(Refused) -> Timestamp? {
        guard let text = try optional(json, name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else { throw Refused(expected: "a time as \(name)", found: "\"\(text.prefix(60))\"") }
        return time
    }

    /// The name of a vulnerability. One that stands for many is refused: it would settle what nobody has looked at.
    func vulnerability(_ json: JSON?, _ name: String) throws(Refused) -> String {
        let text = try text(json, name)
        guard Self.isPlain(text), text.utf8.count <= 200 else {
            throw Refused(expected: "the name of one vulnerability", found: "\"\(text.prefix(60))\"")
        }
        return text
    }

    /// The identifier of a product. One that stands for many is refused, as is a package URL without a name.
    mutating func identifier(_ json: JSON?, _ name: String) throws -> String {
        let text = try text(json, name)
        identifiers += 1
        guard identifiers <= limits.allIdentifiers else { throw VEXError.tooMany(what: "identifiers", limit: limits.allIdentifiers) }
        guard Self.isPlain(text), text.utf8.count <= 4096 else {
            throw Refused(expected: "the identifier of one product, without *", found: "\"\(text.prefix(60))\"")
        }
        return text
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x2A } && !text.contains("%2A") && !text.contains("%2a")
    }

    static func described(_ json: JSON?) -> String {
        switch json {
        case nil: "none"
        case .null: "null"
        case .bool: "a boolean"
        case .int, .number: "a number"
        case .string(let text): "\"\(text.prefix(60))\""
        case .array: "a list"
        case .object: "an object"
        }
    }
}
