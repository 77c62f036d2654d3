// SPDX-License-Identifier: Apache-2.0

/// Why a text is not JSON, and at which byte.
package enum JSONError: Error, Diagnosable, Equatable {
    case unexpected(String, offset: Int)
    case tooDeep(limit: Int)
    case tooLarge(limit: Int, found: Int)
    case duplicateKey(String, offset: Int)

    package var diagnosis: Diagnosis {
        let remedy = "check where the file came from; it was cut off, altered or is not JSON"
        return switch self {
        case .unexpected(let what, let offset):
            Diagnosis("json.malformed", .malformed, "expected JSON, found \(what) at byte \(offset)", remedy: remedy)
        case .tooDeep(let limit):
            Diagnosis("json.too-deep", .malformed, "expected at most \(limit) nested levels of JSON", remedy: remedy)
        case .tooLarge(let limit, let found):
            Diagnosis("json.too-large", .malformed, "expected at most \(limit) bytes of JSON, found \(found)", remedy: remedy)
        case .duplicateKey(let key, let offset):
            Diagnosis("json.duplicate-key", .malformed, "the key \(key) stands twice in one object, at byte \(offset)", remedy: remedy)
        }
    }
}

extension JSON {
    /// Reads a JSON text (RFC 8259) of at most `limit` bytes and 128 levels. Duplicate keys are refused: two readers
    /// that disagree about which one counts are a way around a signature.
    package static func parse(_ bytes: some Sequence<UInt8>, limit: Int = 64 << 20) throws(JSONError) -> JSON {
        let whole = bytes as? [UInt8] ?? Array(bytes)
        guard whole.count <= limit else { throw .tooLarge(limit: limit, found: whole.count) }
        return try whole.withUnsafeBufferPointer { (bytes) throws(JSONError) -> JSON in
            var parser = JSONParser(bytes: bytes)
            return try parser.document()
        }
    }

    package static func parse(_ text: String) throws(JSONError) -> JSON { try parse(Array(text.utf8)) }
}

/// Every index into the bytes is compared with their number before it is used.
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSON {
        let result = try value()
        skipSpace()
        guard position == bytes.count else { throw unexpected() }
        return result
    }

    private func unexpected() -> JSONError {
        position < bytes.count
            ? .unexpected("byte 0x" + Hex.encode([bytes[position]]), offset: position) : .unexpected("the end", offset: position)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func expect(_ text: StaticString, _ result: JSON) throws(JSONError) -> JSON {
        for offset in 0..<text.utf8CodeUnitCount {
            guard position < bytes.count, bytes[position] == text.utf8Start[offset] else { throw unexpected() }
            position += 1
        }
        return result
    }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        guard position < bytes.count else { throw unexpected() }
        switch bytes[position] {
        case 0x7B: return try object()
        case 0x5B: return try array()
        case 0x22: return .string(try string())
        case 0x74: return try expect("true", .bool(true))
        case 0x66: return try expect("false", .bool(false))
        case 0x6E: return try expect("null", .null)
        case 0x2D, 0x30...0x39: return try number()
        default: throw unexpected()
        }
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        if depth > 128 { throw .tooDeep(limit: 128) }
        position += 1
        skipSpace()
    }

    private mutating func object() throws(JSONError) -> JSON {
        try enter()
        var members: [String: JSON] = [:]
        if take(0x7D) {
            depth -= 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard position < bytes.count, bytes[position] == 0x22 else { throw unexpected() }
            let start = position
            let key = try string()
            skipSpace()
            guard take(0x3A) else { throw unexpected() }
            guard members.updateValue(try value(), forKey: key) == nil else { throw .duplicateKey(key, offset: start) }
            skipSpace()
            if take(0x2C) { continue }
            guard take(0x7D) else { throw unexpected() }
            depth -= 1
            return .object(members)
        }
    }

    private mutating func array() throws(JSONError) -> JSON {
        try enter()
        var items: [JSON] = []
        if take(0x5D) {
            depth -= 1
            return .array(items)
        }
        while true {
            items.append(try value())
            skipSpace()
            if take(0x2C) { continue }
            guard take(0x5D) else { throw unexpected() }
            depth -= 1
            return .array(items)
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        var isInteger = true
        _ = take(0x2D)
        let firstDigit = position
        try digits()
        if bytes[firstDigit] == 0x30, position > firstDigit + 1 { throw .unexpected("a leading zero", offset: firstDigit) }
        if take(0x2E) {
            isInteger = false
            try digits()
        }
        if take(0x65) || take(0x45) {
            isInteger = false
            if !take(0x2B) { _ = take(0x2D) }
            try digits()
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        if isInteger, let value = Int64(text) { return .int(value) }
        guard let value = Double(text), value.isFinite else { throw .unexpected("a number out of range", offset: start) }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        guard position < bytes.count, (0x30...0x39).contains(bytes[position]) else { throw unexpected() }
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        skipPlain()
        if position < bytes.count, bytes[position] == 0x22 {
            guard let text = String(validating: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self) else {
                throw .unexpected("text that is not UTF-8", offset: start)
            }
            position += 1
            return text
        }
        var decoded = Array(bytes[start..<position])
        while true {
            guard position < bytes.count else { throw unexpected() }
            let byte = bytes[position]
            switch byte {
            case 0x22:
                position += 1
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw .unexpected("text that is not UTF-8", offset: start)
                }
                return text
            case 0x5C:
                position += 1
                try escape(into: &decoded)
            case 0x00..<0x20: throw unexpected()
            default:
                let run = position
                skipPlain()
                decoded.append(contentsOf: bytes[run..<position])
            }
        }
    }

    // To the next quote, backslash or control character: eight bytes at a time, since signed payloads are one string of megabytes.
    private mutating func skipPlain() {
        let low: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        if let base = UnsafeRawPointer(bytes.baseAddress) {
            while position + 8 <= bytes.count {
                let word = base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let (quote, backslash) = (word ^ (low &* 0x22), word ^ (low &* 0x5C))
                let control = (word &- low &* 0x20) & ~word
                guard (control | (quote &- low) & ~quote | (backslash &- low) & ~backslash) & high == 0 else { break }
                position += 8
            }
        }
        while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5C, bytes[position] >= 0x20 { position += 1 }
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw unexpected() }
        let simple: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
        ]
        if let character = simple[bytes[position]] {
            decoded.append(character)
            position += 1
            return
        }
        guard take(0x75) else { throw unexpected() }
        var code = try hexQuad()
        if (0xD800..<0xDC00).contains(code) {
            guard take(0x5C), take(0x75) else { throw unexpected() }
            let low = try hexQuad()
            guard (0xDC00..<0xE000).contains(low) else { throw .unexpected("half of a surrogate pair", offset: position) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw .unexpected("half of a surrogate pair", offset: position) }
        decoded += Array(String(Character(scalar)).utf8)
    }

    private mutating func hexQuad() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let pair = Hex.decode(String(decoding: bytes[position..<position + 4], as: UTF8.self)), pair.count == 2
        else { throw unexpected() }
        position += 4
        return UInt32(pair[0]) << 8 | UInt32(pair[1])
    }
}
