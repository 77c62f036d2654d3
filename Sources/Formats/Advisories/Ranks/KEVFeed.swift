// SPDX-License-Identifier: Apache-2.0
// https://www.cisa.gov/known-exploited-vulnerabilities-catalog
package import Base

/// That a flaw is being exploited, since when it is known, and by when agencies must have acted.
package struct KnownExploit: Hashable, Sendable {
    package var added: Timestamp
    package var due: Timestamp?
    /// It is known to be used to extort.
    package var isUsedByRansomware: Bool
}

/// CISA's catalog of flaws that are exploited.
package enum KEVFeed {
    static let feed = "the KEV catalog"

    package static func build(_ bytes: [UInt8], limit: Int = 64 << 20) throws(AdvisoriesError) -> [UInt8] {
        guard bytes.count <= limit else { throw .tooLarge(what: "bytes of \(feed)", limit: limit) }
        return try bytes.withUnsafeBufferPointer { (buffer) throws(AdvisoriesError) in try build(UnsafeRawBufferPointer(buffer)) }
    }

    private static func build(_ bytes: UnsafeRawBufferPointer) throws(AdvisoriesError) -> [UInt8] {
        var scanner = JSONScanner(bytes, feed: feed)
        var rows: [CVETable.Row] = []
        var refused: [RefusedRecord] = []
        var refusedCount = 0
        var seconds: Int?
        var stated: Int?
        var sawRecords = false
        var members = try scanner.beginObject("an object with the key vulnerabilities")
        while let key = try scanner.nextKey(&members) {
            if scanner.equals(key, "dateReleased") {
                let text = scanner.value(try scanner.string("a time"))
                seconds = Timestamp(rfc3339: text)?.seconds
            } else if scanner.equals(key, "count") {
                stated = Int(String(decoding: scanner.bytes[try scanner.number("a count")], as: UTF8.self))
            } else if scanner.equals(key, "vulnerabilities") {
                guard !sawRecords else { throw scanner.wrong("each key once") }
                sawRecords = true
                var items = try scanner.beginArray("an array of vulnerabilities")
                while try scanner.nextItem(&items) {
                    let mark = scanner.mark
                    var name = ""
                    do throws(AdvisoriesError) { rows.append(try record(&scanner, named: &name)) } catch {
                        guard case .shape(_, let offset, let expected) = error else { throw error }
                        scanner.rewind(to: mark)
                        try scanner.skipValue()
                        refusedCount += 1
                        guard refused.count < CVETable.listLimit else { continue }
                        refused.append(
                            RefusedRecord(package: "", advisory: name, reason: "expected \(expected) at byte \(offset)"))
                    }
                }
            } else {
                try scanner.skipValue()
            }
        }
        try scanner.end()
        guard sawRecords, !rows.isEmpty, refusedCount <= rows.count / 10 else {
            throw .unusable(feed: feed, usable: rows.count, refused: refusedCount)
        }
        // Fewer than the catalog says it has: the rest is missing.
        let read = rows.count + refusedCount
        if let stated, stated > read {
            let reason = "\(stated - read) of the \(stated) records that it says it has are not there"
            refused.append(RefusedRecord(package: "", advisory: "", reason: reason))
            refusedCount = stated - rows.count
        }
        return CVETable.assemble(rows, kind: .exploited, seconds: seconds, refused: refused, refusedCount: refusedCount)
    }

    private static func record(_ scanner: inout JSONScanner, named name: inout String) throws(AdvisoriesError) -> CVETable.Row {
        var seen: Set<String> = []
        var cve: UInt64?
        var added: Int?
        var due: Int?
        var isRansomware = false
        var members = try scanner.beginObject("an object with the key cveID")
        while let key = try scanner.nextKey(&members) {
            // Of two words the catalog has one too many, and nobody can tell which.
            guard seen.insert(scanner.value(key)).inserted else { throw scanner.wrong("each key once") }
            if scanner.equals(key, "cveID") {
                let text = scanner.value(try scanner.string("a CVE"))
                cve = CVENumber.parse(text)
                name = String(text.prefix(64))
            } else if scanner.equals(key, "dateAdded") {
                added = Timestamp(date: scanner.value(try scanner.string("a date")))?.seconds
            } else if scanner.equals(key, "dueDate") {
                due = Timestamp(date: scanner.value(try scanner.string("a date")))?.seconds
            } else if scanner.equals(key, "knownRansomwareCampaignUse") {
                isRansomware = scanner.equals(try scanner.string("a text"), "Known")
            } else {
                try scanner.skipValue()
            }
        }
        guard let cve, let added else { throw scanner.wrong("a CVE and a date") }
        return CVETable.Row(
            cve: cve, first: UInt32(clamping: added / 86400) | (isRansomware ? 1 << 31 : 0), second: UInt32(clamping: (due ?? 0) / 86400))
    }
}

extension CVETable {
    /// What is known of the exploitation of a CVE; nil when nothing is, or when this is no table of such.
    package func exploit(of cve: String) -> KnownExploit? {
        guard kind == .exploited, let row = self[cve] else { return nil }
        return KnownExploit(
            added: Timestamp(seconds: Int(row.first & 0x7FFF_FFFF) * 86400),
            due: row.second == 0 ? nil : Timestamp(seconds: Int(row.second) * 86400), isUsedByRansomware: row.first >> 31 != 0)
    }
}
