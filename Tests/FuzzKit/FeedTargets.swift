// SPDX-License-Identifier: Apache-2.0
import Advisories
import Base

/// What publishers of advisories say. Each document becomes an index, which is opened and asked, as it is with a real one.
extension FuzzTarget {
    static let feeds: [FuzzTarget] = [
        FuzzTarget("tracker") { bytes in
            let stored = try TrackerIndexBuilder.build(bytes, limits: .init(bytes: 1 << 20, rows: 10_000, releases: 8))
            try use(FuzzFailure.told("what was built cannot be opened") { try TrackerIndex(stored) })
        },
        // Our own form of it, as it lies in the cache: its checksum may be right and its bytes wrong all the same.
        FuzzTarget("tracker-index") { try use(TrackerIndex($0)) },
        FuzzTarget("osv") { bytes in
            for ecosystem in ["PyPI", "npm"] {
                var builder = OSVIndexBuilder(ecosystem: ecosystem)
                try builder.append(bytes)
                let stored = try builder.finish()
                try use(FuzzFailure.told("what was built cannot be opened") { try OSVIndex(stored) })
            }
        },
        FuzzTarget("osv-index") { try use(OSVIndex($0)) },
        FuzzTarget("kev") { bytes in
            let table = try opened(KEVFeed.build(bytes, limit: 1 << 20))
            _ = table.exploit(of: "CVE-2026-0001")
        },
        FuzzTarget("epss") { bytes in
            let table = try opened(EPSSFeed.build(bytes, limit: 1 << 20))
            guard let score = table.score(of: "CVE-2026-0001") else { return }
            guard (0...100_000).contains(score.probability), (0...100_000).contains(score.percentile) else {
                throw FuzzFailure(reason: "a probability outside of 0 to 1")
            }
        },
        FuzzTarget("cve-table") { bytes in
            let table = try CVETable(bytes)
            _ = (table.exploit(of: "CVE-2026-0001"), table.score(of: "CVE-2026-0001"))
        },
        FuzzTarget("end-of-life") { bytes in
            let feed = try EndOfLifeFeed(bytes, limit: 1 << 20)
            _ = feed.cycle(of: "debian", codename: "trixie")?.isOver(at: Timestamp(seconds: 0))
            _ = feed.cycle(of: "python", version: "3.13.5")
        },
        FuzzTarget("cvss") { bytes in
            let score = try CVSS.score(text(bytes))
            guard (0...100).contains(score.tenths) else { throw FuzzFailure(reason: "a score of \(score.tenths) tenths") }
        },
        // Two versions, a line each. Whatever they are, the order is one.
        FuzzTarget("version-order") { bytes in
            let parts = text(bytes).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Refused() }
            for order in VersionOrder.allCases {
                for version in parts where order.isValid(version) {
                    guard order.compare(version, version) == 0 else { throw FuzzFailure(reason: "\(order): \(version) is not itself") }
                }
                guard let there = order.compare(parts[0], parts[1]), let back = order.compare(parts[1], parts[0]) else { continue }
                guard there.signum() == -back.signum() else { throw FuzzFailure(reason: "\(order): \(parts) has two orders") }
            }
        },
    ]

    private static func opened(_ stored: [UInt8]) throws -> CVETable {
        try FuzzFailure.told("what was built cannot be opened") { try CVETable(stored) }
    }

    private static func use(_ index: TrackerIndex) throws {
        guard index.refused.count <= index.refusedCount else { throw FuzzFailure(reason: "more is listed than was refused") }
        var seen: Set<String> = []
        for row in 0..<min(index.rowCount, 1000) {
            guard let entry = index.entry(ofRow: row), let release = index.release(named: entry.release) else { continue }
            for version in ["0", "1.0-1", "9999:9"] { _ = index.match(source: entry.source, version: version, release: release) }
            if seen.insert(entry.advisory).inserted, seen.count <= 50 { _ = index.entries(about: entry.advisory) }
        }
    }

    private static func use(_ index: OSVIndex) throws {
        _ = index.refused
        guard let order = VersionOrder(ecosystem: index.ecosystem) else { return }
        for name in ["a", "jinja2", "@ctrl/tinycolor"] {
            for record in index.records(about: name) {
                for version in ["0", "1.0.0", "2.0.0-rc.1", "not a version"] { _ = record.verdict(on: version, by: order) }
                if let vector = record.vector { _ = try? CVSS.score(vector) }
            }
        }
    }
}
