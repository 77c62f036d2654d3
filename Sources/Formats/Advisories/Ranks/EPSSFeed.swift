// SPDX-License-Identifier: Apache-2.0
// https://www.first.org/epss/data_stats
import Base

/// How likely a flaw is to be exploited in the next thirty days, and how many flaws are less likely.
package struct ExploitScore: Hashable, Sendable {
    /// Hundred-thousandths, as the feed spells them: 0.04919 is 4919.
    package var probability: Int
    package var percentile: Int
}

/// The daily table of EPSS: a line of facts, a line of names, a line for each CVE.
package enum EPSSFeed {
    static let feed = "the EPSS scores"

    package static func build(_ bytes: [UInt8], limit: Int = 256 << 20) throws(AdvisoriesError) -> [UInt8] {
        guard bytes.count <= limit else { throw .tooLarge(what: "bytes of \(feed)", limit: limit) }
        var rows: [CVETable.Row] = []
        rows.reserveCapacity(bytes.count / 27)
        var refused: [RefusedRecord] = []
        var refusedCount = 0
        var number = 0
        var seconds: Int?
        var sawNames = false
        bytes.withUnsafeBytes { text in
            var start = 0
            while start < text.count {
                var end = start
                while end < text.count, text[end] != 0x0A { end += 1 }
                var line = UnsafeRawBufferPointer(rebasing: text[start..<end])
                start = end + 1
                number += 1
                if line.last == 0x0D { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
                if line.isEmpty { continue }
                if line[0] == 0x23 {
                    seconds = date(of: String(decoding: line.prefix(512), as: UTF8.self))
                } else if !sawNames, line.elementsEqual("cve,epss,percentile".utf8) {
                    sawNames = true
                } else if let row = row(line) {
                    rows.append(row)
                } else {
                    refusedCount += 1
                    if refused.count < CVETable.listLimit {
                        let text = String(decoding: line.prefix(64), as: UTF8.self)
                        refused.append(RefusedRecord(package: "", advisory: text, reason: "line \(number) is not a CVE and two numbers"))
                    }
                }
            }
        }
        // A line in a hundred may be odd; more is another document.
        guard sawNames, !rows.isEmpty, refusedCount <= rows.count / 100 else {
            throw .unusable(feed: feed, usable: rows.count, refused: refusedCount)
        }
        return CVETable.assemble(rows, kind: .scores, seconds: seconds, refused: refused, refusedCount: refusedCount)
    }

    private static func row(_ line: UnsafeRawBufferPointer) -> CVETable.Row? {
        guard let comma = line.firstIndex(of: 0x2C), let cve = CVENumber.parse(UnsafeRawBufferPointer(rebasing: line[..<comma])) else {
            return nil
        }
        let rest = line[(comma + 1)...]
        guard let second = rest.firstIndex(of: 0x2C), let probability = fraction(rest[..<second]),
            let percentile = fraction(rest[(second + 1)...])
        else { return nil }
        return CVETable.Row(cve: cve, first: probability, second: percentile)
    }

    // `0.04919`, `1.0`, `9.0e-05`: a number from 0 to 1 in hundred-thousandths.
    private static func fraction(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt32? {
        guard bytes.count <= 24, let value = Double(String(decoding: bytes, as: UTF8.self)), value >= 0, value <= 1 else { return nil }
        return UInt32((value * 100_000).rounded())
    }

    private static func date(of line: String) -> Int? {
        guard let range = line.range(of: "score_date:") else { return nil }
        let text = line[range.upperBound...].prefix { $0 != "," }
        return Timestamp(rfc3339: String(text))?.seconds ?? Timestamp(date: String(text.prefix(10)))?.seconds
    }
}

extension String {
    fileprivate func range(of word: String) -> Range<String.Index>? {
        indices.first { self[$0...].hasPrefix(word) }.map { $0..<index($0, offsetBy: word.count) }
    }
}

extension CVETable {
    /// The score of a CVE; nil when there is none, or when this is no table of scores.
    package func score(of cve: String) -> ExploitScore? {
        guard kind == .scores, let row = self[cve] else { return nil }
        return ExploitScore(probability: Int(row.first), percentile: Int(row.second))
    }
}
