// SPDX-License-Identifier: Apache-2.0
// https://rpm.org/docs/latest/manual/format_header.html, tags.html
import Base

/// The database of rpm since 4.16: an SQLite table `Packages` whose rows hold the headers of the packages.
package enum RPMDatabase {
    /// `rpmdb.sqlite`.
    package static func packages(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading {
        var file = try SQLiteFile(bytes)
        var reading = PackageReading()
        var faults: [String] = []
        let isThere = try file.forEachRow(of: "Packages") { row in
            guard case .bytes(let blob)? = row.dropFirst().first else { return reading.fault("a row without a header") }
            do throws(EcosystemsError) {
                try blob.withUnsafeBufferPointer { (buffer) throws(EcosystemsError) in
                    try RPMHeader(UnsafeRawBufferPointer(buffer)).read(into: &reading)
                }
            } catch { reading.fault(error.diagnosis.summary) }
        } fault: {
            if faults.count <= PackageReading.faultLimit { faults.append($0) }
        }
        guard isThere else { throw .malformed(what: "a database of rpm", reason: "no table Packages") }
        for fault in faults { reading.fault(fault) }
        return reading
    }

    /// The older formats, told apart by their marks: Berkeley DB (`Packages`) and ndb (`Packages.db`).
    package static func olderFormat(_ bytes: UnsafeRawBufferPointer) -> EcosystemsError {
        let isHash =
            bytes.count >= 16
            && (bytes[12..<16].elementsEqual([0x61, 0x15, 0x06, 0]) || bytes[12..<16].elementsEqual([0, 0x06, 0x15, 0x61]))
        if isHash { return .notReadable(what: "a database of rpm in the format of Berkeley DB") }
        if bytes.count >= 4, bytes[..<4].elementsEqual("RpmP".utf8) { return .notReadable(what: "a database of rpm in the format ndb") }
        return .notReadable(what: "a database of rpm in an unknown format")
    }
}

/// One header: an index of tags over a store of values.
struct RPMHeader {
    private enum Tag {
        static let name = 1000, version = 1001, release = 1002, epoch = 1003, license = 1014, architecture = 1022, source = 1044
        static let folderIndexes = 1116, baseNames = 1117, folderNames = 1118
    }
    private struct Entry {
        var type: Int
        var offset: Int
        var count: Int
    }
    private let store: UnsafeRawBufferPointer
    private var entries: [Int: Entry] = [:]

    private static let pathLimit = 1_000_000

    init(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) {
        guard bytes.count >= 8 else { throw .malformed(what: "a header of rpm", reason: "\(bytes.count) bytes") }
        let count = Self.word(bytes, 0)
        let size = Self.word(bytes, 4)
        guard count <= 0xFFFF, 8 + count * 16 <= bytes.count, size <= bytes.count - 8 - count * 16 else {
            throw .malformed(what: "a header of rpm", reason: "\(count) tags and \(size) bytes in \(bytes.count)")
        }
        store = UnsafeRawBufferPointer(rebasing: bytes[(8 + count * 16)..<(8 + count * 16 + size)])
        for index in 0..<count {
            let start = 8 + index * 16
            let tag = Self.word(bytes, start)
            let entry = Entry(type: Self.word(bytes, start + 4), offset: Self.word(bytes, start + 8), count: Self.word(bytes, start + 12))
            if entries[tag] == nil { entries[tag] = entry }
        }
    }

    /// The package and its paths. A key, which rpm keeps among the packages, is none.
    func read(into reading: inout PackageReading) throws(EcosystemsError) {
        guard let name = text(Tag.name), let version = text(Tag.version), let release = text(Tag.release) else {
            throw .malformed(what: "a header of rpm", reason: "no name, version or release")
        }
        if name == "gpg-pubkey" { return }
        let epoch = number(Tag.epoch).map { "\($0):" } ?? ""
        var package = FoundPackage(
            .rpm, name, "\(epoch)\(version)-\(release)", architecture: text(Tag.architecture), license: text(Tag.license))
        package.source = text(Tag.source)
        reading.packages.append(package)
        reading.own(as: name)
        readPaths(into: &reading)
    }

    private func readPaths(into reading: inout PackageReading) {
        let folders = texts(Tag.folderNames)
        let names = texts(Tag.baseNames)
        guard !folders.isEmpty, !names.isEmpty, let entry = entries[Tag.folderIndexes], entry.type == 4, entry.count == names.count,
            entry.offset <= store.count, entry.count <= (store.count - entry.offset) / 4
        else { return }
        for (position, name) in names.enumerated() {
            let folder = Self.word(store, entry.offset + 4 * position)
            guard folders.indices.contains(folder) else { continue }
            guard reading.own(folders[folder].drop { $0 == "/" }, name) else { return }
        }
    }

    private func number(_ tag: Int) -> Int? {
        guard let entry = entries[tag], entry.type == 4, entry.count == 1, entry.offset <= store.count - 4 else { return nil }
        return Self.word(store, entry.offset)
    }

    private func text(_ tag: Int) -> String? {
        guard let entry = entries[tag], [6, 8, 9].contains(entry.type), entry.offset < store.count else { return nil }
        let text = store[entry.offset...].prefix(4096).prefix { $0 != 0 }
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }

    private func texts(_ tag: Int) -> [String] {
        guard let entry = entries[tag], entry.type == 8, entry.count <= Self.pathLimit else { return [] }
        var texts: [String] = []
        var position = entry.offset
        for _ in 0..<entry.count {
            guard position < store.count, let end = store[position...].firstIndex(of: 0) else { break }
            texts.append(String(decoding: store[position..<end], as: UTF8.self))
            position = end + 1
        }
        return texts
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
}
