// SPDX-License-Identifier: Apache-2.0
// POSIX.1-2017 pax, "ustar Interchange Format".

/// What a tar says about one entry besides its bytes.
package struct TarHeader: Hashable, Sendable {
    /// Relative, without leading `./` and trailing slash; empty for the root directory.
    package var path: String
    package var kind: TarEntry.Kind
    /// Permission bits with setuid, setgid and sticky.
    package var mode: Int
    package var uid: Int
    package var gid: Int
    /// Seconds since 1970.
    package var modified: Int
    /// Of a symbolic link as written, of a hard link relative to the root.
    package var target: String?

    package init(
        path: String, kind: TarEntry.Kind, mode: Int, uid: Int = 0, gid: Int = 0, modified: Int = 0, target: String? = nil
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.modified = modified
        self.target = target
    }
}

/// Writes a tar whose bytes depend on the entries alone: ustar, numeric ids, no names of users; PAX records only for what ustar
/// cannot hold.
///
/// Without `writeEnd()` the result is a fragment: fragments joined after one another are one tar.
package struct TarWriter {
    /// What was written so far.
    package private(set) var bytes: [UInt8]

    /// Makes room for as many bytes; `size(of:body:)` summed up is exact.
    package init(reserving capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// The bytes that `append` will write for an entry, padding and PAX records included.
    package static func size(of header: TarHeader, body: Int = 0) -> Int {
        let records = paxRecords(header, body: body).count
        return (records > 0 ? TarHeaderBlock.size + padded(records) : 0) + TarHeaderBlock.size + padded(body)
    }

    /// Writes one entry. Only files have a body.
    package mutating func append(_ header: TarHeader, body: UnsafeRawBufferPointer) throws(ArchiveError) {
        try Self.check(header, body: body.count)
        let records = Self.paxRecords(header, body: body.count)
        if !records.isEmpty {
            let owner = TarHeader(path: "", kind: .file, mode: 0o644)
            writeBlock(owner, name: Array("PaxHeaders/x".utf8), prefix: [], linkName: [], size: records.count, type: UInt8(ascii: "x"))
            write(records)
        }
        var path = Array(header.path.utf8)
        if header.kind == .directory { path += Array((path.isEmpty ? "./" : "/").utf8) }
        let (prefix, name) = Self.split(path) ?? ([], Array(path.prefix(100)))
        writeBlock(
            header, name: name, prefix: prefix, linkName: Array((header.target ?? "").utf8.prefix(100)), size: body.count,
            type: Self.type(of: header.kind))
        write(body)
    }

    /// Writes one entry from an array.
    package mutating func append(_ header: TarHeader, body: [UInt8] = []) throws(ArchiveError) {
        try Self.check(header, body: body.count)
        try body.withUnsafeBufferPointer { (buffer) throws(ArchiveError) in
            try append(header, body: UnsafeRawBufferPointer(buffer))
        }
    }

    /// Closes the archive with two zero blocks.
    package mutating func writeEnd() { bytes.append(contentsOf: repeatElement(0, count: 2 * TarHeaderBlock.size)) }

    /// The two zero blocks by which an archive ends, for archives put together from fragments.
    package static let end = [UInt8](repeating: 0, count: 2 * TarHeaderBlock.size)

    private static func check(_ header: TarHeader, body: Int) throws(ArchiveError) {
        func refuse(_ reason: String) -> ArchiveError { .notWritable(path: header.path, reason: reason) }
        if !(header.path.isEmpty && header.kind == .directory) { try TarPath.check(header.path) }
        guard header.kind == .file || body == 0 else { throw refuse("a body for a \(header.kind.rawValue)") }
        guard header.mode & ~0o7777 == 0 else { throw refuse("a mode outside 0 to 7777") }
        guard header.uid >= 0, header.gid >= 0 else { throw refuse("a negative user or group id") }
        switch (header.kind, header.target) {
        case (.symlink, let target?):
            guard !target.isEmpty, !target.utf8.contains(0), target.utf8.count <= TarPath.maximumBytes else {
                throw refuse("a link target that is empty, too long or has a NUL")
            }
        case (.hardlink, let target?): try TarPath.check(target)
        case (.file, nil), (.directory, nil): break
        case (.file, _), (.directory, _): throw refuse("a link target for a \(header.kind.rawValue)")
        case (.symlink, nil), (.hardlink, nil): throw refuse("a link without a target")
        case (.characterDevice, _), (.blockDevice, _), (.fifo, _): throw refuse("a device or pipe")
        }
    }

    // Path and name that ustar can hold: at most 100 bytes, or a prefix of at most 155 before a slash; nil when neither fits.
    private static func split(_ path: [UInt8]) -> (prefix: [UInt8], name: [UInt8])? {
        if path.count <= 100 { return ([], path) }
        // The slash that ends a directory's name does not divide.
        let last = Swift.min(155, path.count - 2)
        guard let slash = path[...last].lastIndex(of: 0x2F), slash > 0, path.count - slash - 1 <= 100 else { return nil }
        return (Array(path[..<slash]), Array(path[(slash + 1)...]))
    }

    private static func paxRecords(_ header: TarHeader, body: Int) -> [UInt8] {
        var records: [UInt8] = []
        func add(_ key: String, _ value: String) {
            let payload = key.utf8.count + value.utf8.count + 3
            // The length counts its own digits.
            var length = payload + 1
            while "\(length)".utf8.count + payload != length { length = "\(length)".utf8.count + payload }
            records += Array("\(length) \(key)=\(value)\n".utf8)
        }
        let path = header.kind == .directory && !header.path.isEmpty ? header.path + "/" : header.path
        if header.gid > 0o7777777 { add("gid", "\(header.gid)") }
        if let target = header.target, target.utf8.count > 100 { add("linkpath", target) }
        if !(0...0o77777777777).contains(header.modified) { add("mtime", "\(header.modified)") }
        if path.utf8.count > 100, split(Array(path.utf8)) == nil { add("path", path) }
        if body > 0o77777777777 { add("size", "\(body)") }
        if header.uid > 0o7777777 { add("uid", "\(header.uid)") }
        return records
    }

    private mutating func writeBlock(_ header: TarHeader, name: [UInt8], prefix: [UInt8], linkName: [UInt8], size: Int, type: UInt8) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: TarHeaderBlock.size))
        put(name, at: start)
        putOctal(header.mode, digits: 7, at: start + 100)
        putOctal(header.uid, digits: 7, at: start + 108)
        putOctal(header.gid, digits: 7, at: start + 116)
        putOctal(size, digits: 11, at: start + 124)
        putOctal(header.modified, digits: 11, at: start + 136)
        bytes[start + 156] = type
        put(linkName, at: start + 157)
        put(Array("ustar\u{0}00".utf8), at: start + 257)
        putOctal(0, digits: 7, at: start + 329)
        putOctal(0, digits: 7, at: start + 337)
        put(prefix, at: start + 345)
        let sum = bytes[start...].reduce(8 * 0x20) { $0 + Int($1) }
        putOctal(sum, digits: 6, at: start + 148)
        bytes[start + 155] = 0x20
    }

    private mutating func put(_ field: [UInt8], at offset: Int) {
        for (index, byte) in field.enumerated() { bytes[offset + index] = byte }
    }

    // A number that does not fit stands in a PAX record; the field is zero then.
    private mutating func putOctal(_ number: Int, digits: Int, at offset: Int) {
        var rest = number < 0 || number >= 1 << (3 * digits) ? 0 : number
        for index in stride(from: digits - 1, through: 0, by: -1) {
            bytes[offset + index] = 0x30 + UInt8(rest & 7)
            rest >>= 3
        }
    }

    private mutating func write(_ body: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: body)
        bytes.append(contentsOf: repeatElement(0, count: Self.padded(body.count) - body.count))
    }

    private mutating func write(_ body: [UInt8]) { body.withUnsafeBytes { write($0) } }

    private static func padded(_ count: Int) -> Int { (count + TarHeaderBlock.size - 1) / TarHeaderBlock.size * TarHeaderBlock.size }

    private static func type(of kind: TarEntry.Kind) -> UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardlink: UInt8(ascii: "1")
        case .symlink: UInt8(ascii: "2")
        case .directory: UInt8(ascii: "5")
        case .characterDevice, .blockDevice, .fifo: UInt8(ascii: "0")
        }
    }
}
