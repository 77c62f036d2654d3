// SPDX-License-Identifier: Apache-2.0
// POSIX.1-2017 pax, "pax Extended Header": records of the form "%d %s=%s\n".

/// What a PAX extended header, or a GNU long name before it, says about the next entry.
struct PAXRecords {
    var path: String?
    var linkPath: String?
    var size: Int?
    var modified: Int?
    var uid: Int?
    var gid: Int?
    var extendedAttributes: [String: [UInt8]] = [:]
    /// The body holds pieces of a file with holes; only seen when read tolerantly.
    private(set) var isSparse = false
    /// A name was not UTF-8 and was mended; only seen when read tolerantly.
    private(set) var isMended = false
    /// Takes what no image of ours may hold: for looking at foreign layers, of which nothing is unpacked.
    let isTolerant: Bool

    init(isTolerant: Bool = false) { self.isTolerant = isTolerant }

    /// Adds the records of one extended header; later records win.
    mutating func read(_ body: UnsafeRawBufferPointer, at offset: Int) throws(ArchiveError) {
        var position = 0
        while position < body.count {
            let rest = body[position...]
            let digits = rest.prefix(10).prefix { (0x30...0x39).contains($0) }
            let length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            let keyStart = position + digits.count + 1
            guard !digits.isEmpty, length <= rest.count, position + length > keyStart, body[keyStart - 1] == 0x20,
                body[position + length - 1] == 0x0A
            else {
                throw .corrupt(.tar, offset: offset + position, reason: "a PAX record whose length is wrong")
            }
            let record = body[keyStart..<position + length - 1]
            guard let equals = record.firstIndex(of: 0x3D), equals > keyStart else {
                throw .corrupt(.tar, offset: offset + position, reason: "a PAX record without a key")
            }
            let key = String(decoding: record[..<equals], as: UTF8.self)
            try set(key, UnsafeRawBufferPointer(rebasing: record[(equals + 1)...]), at: offset + position)
            position += length
        }
    }

    private mutating func set(_ key: String, _ value: UnsafeRawBufferPointer, at offset: Int) throws(ArchiveError) {
        switch key {
        case "path": path = try name(value)
        case "linkpath": linkPath = try name(value)
        case "size": size = try Self.integer(value, key, at: offset)
        case "uid": uid = try Self.integer(value, key, at: offset)
        case "gid": gid = try Self.integer(value, key, at: offset)
        case "mtime": modified = try Self.seconds(value, at: offset)
        default:
            if key.hasPrefix("GNU.sparse.") {
                guard isTolerant else { throw .unsupported(.tar, offset: offset, feature: "a sparse file") }
                isSparse = true
                if key == "GNU.sparse.name" { path = try name(value) }
            }
            let prefix = "SCHILY.xattr."
            if key.hasPrefix(prefix) { extendedAttributes[String(key.dropFirst(prefix.count))] = Array(value) }
        }
    }

    private mutating func name(_ value: UnsafeRawBufferPointer) throws(ArchiveError) -> String {
        guard isTolerant, String(validating: value, as: UTF8.self) == nil else { return try Self.text(value) }
        isMended = true
        return String(decoding: value, as: UTF8.self)
    }

    static func text(_ value: UnsafeRawBufferPointer) throws(ArchiveError) -> String {
        guard let text = String(validating: value, as: UTF8.self) else {
            throw .unsafePath(String(decoding: value, as: UTF8.self), fault: .notUTF8)
        }
        return text
    }

    private static func integer(_ value: UnsafeRawBufferPointer, _ key: String, at offset: Int) throws(ArchiveError) -> Int {
        guard (1...18).contains(value.count), value.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .corrupt(.tar, offset: offset, reason: "a PAX \(key) that is not a decimal number")
        }
        return value.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    // Seconds with an optional fraction, rounded down.
    private static func seconds(_ value: UnsafeRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        let isNegative = value.first == 0x2D
        let digits = UnsafeRawBufferPointer(rebasing: value.dropFirst(isNegative ? 1 : 0))
        let dot = digits.firstIndex(of: 0x2E) ?? digits.count
        let whole = try integer(UnsafeRawBufferPointer(rebasing: digits[..<dot]), "mtime", at: offset)
        let fraction = digits[dot...].dropFirst()
        guard fraction.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .corrupt(.tar, offset: offset, reason: "a PAX mtime that is not a decimal number")
        }
        guard isNegative else { return whole }
        return fraction.contains { $0 != 0x30 } ? -whole - 1 : -whole
    }
}
