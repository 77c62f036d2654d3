// SPDX-License-Identifier: Apache-2.0
// https://ossf.github.io/osv-schema/
import Base
import Debian

/// Makes a stored index out of OSV records of one ecosystem: a JSON array, one record after the other, or documents of one record each.
///
/// Of each record the parts that matching needs are copied as they are written. Withdrawn records are left out; what cannot be used
/// is listed. Memory is bounded by `poolLimit`; the pool becomes the index where it stands.
package struct OSVIndexBuilder {
    package let ecosystem: String
    private let feed: String
    private var entries: [(key: [UInt8], record: Range<Int>)] = []
    // The header's place is kept free in front of it.
    private var pool = [UInt8](repeating: 0, count: OSVIndex.headerBytes)
    private var refused: [RefusedRecord] = []
    private var refusedCount = 0
    private var newest = ""
    private var read = 0
    package static let recordLimit = 4 << 20
    /// Bytes of all records that are kept.
    package static let poolLimit = 1 << 30

    package init(ecosystem: String) {
        self.ecosystem = ecosystem
        feed = "OSV records of \(ecosystem)"
    }

    /// Takes a document: an array of records, or records behind one another.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(AdvisoriesError) {
        var scanner = JSONScanner(bytes, feed: feed)
        scanner.skipSpace()
        if scanner.position < bytes.count, bytes[scanner.position] == 0x5B {
            var items = try scanner.beginArray("an array of records")
            while try scanner.nextItem(&items) { try one(&scanner) }
            return try scanner.end()
        }
        while true {
            scanner.skipSpace()
            guard scanner.position < bytes.count else { return }
            let mark = scanner.mark
            do throws(AdvisoriesError) { try one(&scanner) } catch {
                // Lines are records: the next one may be whole.
                switch error {
                case .notJSON(_, let offset, let found): refuse("", "", "expected JSON at byte \(offset), found \(found)")
                case .tooLarge(let what, let limit): refuse("", "", "more than \(limit) \(what) in the record at byte \(mark.position)")
                default: throw error
                }
                var next = mark.position
                while next < bytes.count, bytes[next] != 0x0A { next += 1 }
                scanner.rewind(to: (next, 0))
            }
        }
    }

    /// Takes a document that is to hold one record, as a member of an archive does. Nothing of it touches another.
    ///
    /// - Parameter name: the document's own, by which it is listed when nothing else can be read of it.
    package mutating func append(record bytes: [UInt8], named name: String) throws(AdvisoriesError) {
        read += 1
        let (entryCount, poolCount) = (entries.count, pool.count)
        let failure: AdvisoriesError? = bytes.withUnsafeBytes { raw in
            var scanner = JSONScanner(raw, feed: "a record")
            do throws(AdvisoriesError) {
                try record(&scanner)
                try scanner.end()
                return nil
            } catch { return error }
        }
        guard let failure else { return }
        // No room is nobody's fault, and the next one would not fit either.
        guard pool.count <= Self.poolLimit else { throw failure }
        entries.removeLast(entries.count - entryCount)
        pool.removeLast(pool.count - poolCount)
        refuse("", name, failure.diagnosis.summary)
    }

    /// Lists a document that could not even be read.
    package mutating func refuse(document name: String, reason: String) {
        read += 1
        refuse("", name, reason)
    }

    package mutating func append(_ bytes: [UInt8]) throws(AdvisoriesError) {
        // Two steps: a closure may not change what it is called on.
        var copy = self
        try bytes.withUnsafeBufferPointer { (buffer) throws(AdvisoriesError) in try copy.append(UnsafeRawBufferPointer(buffer)) }
        self = copy
    }

    private mutating func one(_ scanner: inout JSONScanner) throws(AdvisoriesError) {
        let mark = scanner.mark
        read += 1
        do throws(AdvisoriesError) { try record(&scanner) } catch {
            guard case .shape(_, _, let expected) = error else { throw error }
            scanner.rewind(to: mark)
            try scanner.skipValue()
            refuse("", "", "expected \(expected) in the record at byte \(mark.position)")
        }
    }

    private mutating func record(_ scanner: inout JSONScanner) throws(AdvisoriesError) {
        let start = scanner.position
        var id = ""
        var parts: [(StaticString, Range<Int>)] = []
        var affected: Range<Int>?
        var isWithdrawn = false
        var members = try scanner.beginObject("a record")
        while let key = try scanner.nextKey(&members) {
            _ = try scanner.peek()
            let begin = scanner.position
            let mark = scanner.mark
            try scanner.skipValue()
            let value = begin..<scanner.position
            if scanner.equals(key, "id") {
                guard id.isEmpty else { throw scanner.wrong("each key once") }
                scanner.rewind(to: mark)
                id = scanner.value(try scanner.string("an id"))
            } else if scanner.equals(key, "affected") {
                guard affected == nil else { throw scanner.wrong("each key once") }
                affected = value
            } else if scanner.equals(key, "aliases") {
                parts.append(("aliases", value))
            } else if scanner.equals(key, "upstream") {
                parts.append(("upstream", value))
            } else if scanner.equals(key, "summary") {
                parts.append(("summary", value))
            } else if scanner.equals(key, "severity") {
                parts.append(("severity", value))
            } else if scanner.equals(key, "published") {
                parts.append(("published", value))
            } else if scanner.equals(key, "modified") {
                parts.append(("modified", value))
                let text = String(decoding: scanner.bytes[value].prefix(40).filter { $0 != 0x22 }, as: UTF8.self)
                if text > newest { newest = text }
            } else if scanner.equals(key, "withdrawn") {
                isWithdrawn = !scanner.bytes[value].elementsEqual("null".utf8)
            }
        }
        guard scanner.position - start <= Self.recordLimit else {
            return refuse("", id, "a record of more than \(Self.recordLimit) bytes")
        }
        guard !id.isEmpty, id.utf8.count <= 128 else { throw scanner.wrong("an id") }
        if isWithdrawn { return }
        guard let affected else { return refuse("", id, "names no affected packages") }
        var inner = scanner
        inner.rewind(to: (affected.lowerBound, 1))
        var items = try inner.beginArray("an array of affected packages")
        while try inner.nextItem(&items) { try package(&inner, id, parts) }
    }

    private mutating func package(
        _ scanner: inout JSONScanner, _ id: String, _ shared: [(StaticString, Range<Int>)]
    ) throws(AdvisoriesError) {
        var name: String?
        var ecosystem: String?
        var parts = shared
        var members = try scanner.beginObject("an affected package")
        while let key = try scanner.nextKey(&members) {
            if scanner.equals(key, "package") {
                var fields = try scanner.beginObject("a package")
                while let field = try scanner.nextKey(&fields) {
                    if scanner.equals(field, "name") {
                        name = scanner.value(try scanner.string("a name"))
                    } else if scanner.equals(field, "ecosystem") {
                        ecosystem = scanner.value(try scanner.string("an ecosystem"))
                    } else {
                        try scanner.skipValue()
                    }
                }
                continue
            }
            _ = try scanner.peek()
            let begin = scanner.position
            try scanner.skipValue()
            let value = begin..<scanner.position
            if scanner.equals(key, "ranges") { parts.append(("ranges", value)) }
            if scanner.equals(key, "versions") { parts.append(("versions", value)) }
            // Some put it here.
            if scanner.equals(key, "severity"), !parts.contains(where: { $0.0.description == "severity" }) {
                parts.append(("severity", value))
            }
        }
        guard let name, let ecosystem, !name.isEmpty, name.utf8.count <= 512 else {
            return refuse(name ?? "", id, "an affected package without a name or an ecosystem")
        }
        guard ecosystem.prefix(while: { $0 != ":" }) == self.ecosystem else { return }
        let begin = pool.count
        pool.append(contentsOf: "{\"id\":".utf8)
        pool.append(contentsOf: JSON(id).canonicalBytes)
        for (key, value) in parts {
            pool.append(contentsOf: ",\"\(key)\":".utf8)
            pool.append(contentsOf: scanner.bytes[value])
        }
        pool.append(0x7D)
        // What is stored must be readable when it is asked for.
        guard (try? JSON.parse(Array(pool[begin...]))) != nil else {
            pool.removeLast(pool.count - begin)
            return refuse(name, id, "keys that stand twice, or text that is not UTF-8")
        }
        guard pool.count <= Self.poolLimit else { throw .tooLarge(what: "bytes of \(feed)", limit: Self.poolLimit) }
        let place = begin - OSVIndex.headerBytes..<pool.count - OSVIndex.headerBytes
        entries.append((Array(OSVIndex.normalized(name, in: self.ecosystem).utf8), place))
    }

    private mutating func refuse(_ package: String, _ advisory: String, _ reason: String) {
        refusedCount += 1
        if refused.count < 1000 { refused.append(RefusedRecord(package: package, advisory: advisory, reason: reason)) }
    }

    /// The stored index of everything that was taken.
    package consuming func finish() throws(AdvisoriesError) -> [UInt8] {
        guard !entries.isEmpty else { throw .unusable(feed: feed, usable: 0, refused: refusedCount) }
        var output: [UInt8] = []
        swap(&output, &pool)
        return OSVIndex.assemble(
            into: output, ecosystem: ecosystem, entries: entries, refused: refused, refusedCount: refusedCount, read: read,
            seconds: Timestamp(rfc3339: newest)?.seconds)
    }
}
