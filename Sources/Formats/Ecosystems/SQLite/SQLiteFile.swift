// SPDX-License-Identifier: Apache-2.0
// https://www.sqlite.org/fileformat2.html

/// Reads the rows of one table out of an SQLite file that somebody else made.
///
/// Only what that takes: no index, no query, nothing is executed or written. Each page is read at most once, so that no arrangement of
/// pages makes more work than the file has bytes.
struct SQLiteFile {
    enum Value {
        case null
        case integer(Int64)
        case bytes([UInt8])
        case other
    }
    private let bytes: UnsafeRawBufferPointer
    private let pageSize: Int
    private let usable: Int
    private var visited: [Bool]

    private static let depthLimit = 24

    init(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) {
        guard bytes.count >= 512, bytes[..<16].elementsEqual("SQLite format 3\0".utf8) else {
            throw .malformed(what: "an SQLite database", reason: "other bytes at its start")
        }
        self.bytes = bytes
        let stated = Int(bytes[16]) << 8 | Int(bytes[17])
        pageSize = stated == 1 ? 65536 : stated
        guard pageSize >= 512, pageSize <= 65536, pageSize & (pageSize - 1) == 0 else {
            throw .malformed(what: "an SQLite database", reason: "pages of \(pageSize) bytes")
        }
        usable = pageSize - Int(bytes[20])
        guard usable >= 480 else { throw .malformed(what: "an SQLite database", reason: "pages of \(usable) usable bytes") }
        visited = Array(repeating: false, count: bytes.count / pageSize + 1)
    }

    /// Gives the rows of a table to `body`, in the order of the table; nil when there is no such table.
    ///
    /// A row that cannot be read is told to `fault`; a page that cannot be, too, with the rows below it.
    mutating func forEachRow(
        of table: String, _ body: ([Value]) -> Void, fault: (String) -> Void
    ) throws(EcosystemsError) -> Bool {
        var root: Int?
        var broken: String?
        rows(below: 1, depth: 0) { row in
            guard row.count >= 4, case .bytes(let type) = row[0], case .bytes(let name) = row[1], case .integer(let page) = row[3],
                type.elementsEqual("table".utf8), name.elementsEqual(table.utf8)
            else { return }
            root = Int(clamping: page)
        } fault: {
            broken = broken ?? $0
        }
        guard let root else {
            if let broken { throw .malformed(what: "a list of tables", reason: broken) }
            return false
        }
        rows(below: root, depth: 0, body, fault: fault)
        return true
    }

    private mutating func page(_ number: Int) -> UnsafeRawBufferPointer? {
        // The last page may be the one that was cut short: it is none then.
        guard number >= 1, number <= bytes.count / pageSize, !visited[number] else { return nil }
        visited[number] = true
        return UnsafeRawBufferPointer(rebasing: bytes[(number - 1) * pageSize..<number * pageSize])
    }

    private mutating func rows(below number: Int, depth: Int, _ body: ([Value]) -> Void, fault: (String) -> Void) {
        guard depth < Self.depthLimit else { return fault("a tree of more than \(Self.depthLimit) levels") }
        guard let page = page(number) else { return fault("the page \(number) is missing or stands in two places") }
        let start = number == 1 ? 100 : 0
        let count = Self.short(page, start + 3)
        let kind = page[start]
        guard kind == 0x0D || kind == 0x05 else { return fault("the page \(number) belongs to no table") }
        let cells = start + (kind == 0x0D ? 8 : 12)
        guard cells + 2 * count <= usable else { return fault("the page \(number) states \(count) rows") }
        // The rows of a page lie beside one another: a thousand pointers to the same bytes are no thousand rows.
        var room = usable
        for index in 0..<count {
            let offset = Self.short(page, cells + 2 * index)
            guard offset + 4 <= usable else {
                fault("a row outside the page \(number)")
                continue
            }
            if kind == 0x05 {
                rows(below: Self.word(page, offset), depth: depth + 1, body, fault: fault)
            } else if let payload = payload(page, offset, &room), let row = Self.record(payload) {
                body(row)
            } else {
                fault("the row \(index + 1) of page \(number) is damaged")
            }
        }
        if kind == 0x05 { rows(below: Self.word(page, start + 8), depth: depth + 1, body, fault: fault) }
    }

    private mutating func payload(_ page: UnsafeRawBufferPointer, _ offset: Int, _ room: inout Int) -> [UInt8]? {
        var position = offset
        guard let size = Self.variable(page, &position), Self.variable(page, &position) != nil, size >= 0, size <= bytes.count else {
            return nil
        }
        // "Cell Payload Overflow Pages".
        let most = usable - 35
        var local = size
        if size > most {
            let least = (usable - 12) * 32 / 255 - 23
            let rest = least + (size - least) % (usable - 4)
            local = rest <= most ? rest : least
        }
        room -= position - offset + local
        guard room >= 0, position + local <= page.count else { return nil }
        var payload = Array(page[position..<position + local])
        guard size > local else { return payload }
        guard position + local + 4 <= page.count else { return nil }
        payload.reserveCapacity(size)
        var next = Self.word(page, position + local)
        while payload.count < size {
            guard let more = self.page(next) else { return nil }
            payload.append(contentsOf: more[4..<4 + min(usable - 4, size - payload.count)])
            next = Self.word(more, 0)
        }
        return payload
    }

    // "Record Format": the types of all columns, then their values.
    private static func record(_ payload: [UInt8]) -> [Value]? {
        payload.withUnsafeBytes { bytes -> [Value]? in
            var position = 0
            guard let headerSize = variable(bytes, &position), headerSize >= position, headerSize <= bytes.count, headerSize <= 4096 else {
                return nil
            }
            var place = headerSize
            var row: [Value] = []
            while position < headerSize {
                guard let type = variable(bytes, &position), type >= 0 else { return nil }
                let size = type >= 12 ? (type - 12) / 2 : [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type]
                guard size <= bytes.count - place else { return nil }
                switch type {
                case 0: row.append(.null)
                case 1...6:
                    let isNegative = bytes[place] & 0x80 != 0
                    row.append(.integer(bytes[place..<place + size].reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }))
                case 8, 9: row.append(.integer(Int64(type - 8)))
                case 12...: row.append(.bytes(Array(bytes[place..<place + size])))
                default: row.append(.other)
                }
                place += size
            }
            return row
        }
    }

    private static func short(_ page: UnsafeRawBufferPointer, _ offset: Int) -> Int { Int(page[offset]) << 8 | Int(page[offset + 1]) }
    private static func word(_ page: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        short(page, offset) << 16 | short(page, offset + 2)
    }

    // Big-endian base 128, of at most nine bytes; the ninth counts whole.
    private static func variable(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            if index == 8 { return Int(truncatingIfNeeded: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte & 0x80 == 0 { break }
        }
        return Int(truncatingIfNeeded: value)
    }
}
