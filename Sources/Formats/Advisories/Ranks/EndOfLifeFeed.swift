// SPDX-License-Identifier: Apache-2.0
// https://endoflife.date/docs/api/v1/
package import Base

/// How long a release of a product is looked after.
package struct SupportCycle: Hashable, Sendable {
    /// `debian`, `python`.
    package var product: String
    /// `13`, `3.13`.
    package var cycle: String
    package var codename: String?
    /// nil when no date is set. `hasEnded` may still be true.
    package var ends: Timestamp?
    /// The feed says so without a date.
    package var hasEnded: Bool

    package func isOver(at now: Timestamp) -> Bool { hasEnded || ends.map { $0 < now } ?? false }
}

/// The tables of endoflife.date, in the shape of its API version 1 (all products) or 0 (an object of products).
package struct EndOfLifeFeed: Sendable {
    package let cycles: [SupportCycle]
    /// Products and cycles that could not be used.
    package let refused: [RefusedRecord]
    package var refusedCount: Int { refused.count }

    package init(_ bytes: [UInt8], limit: Int = 64 << 20) throws {
        let json = try JSON.parse(bytes, limit: limit)
        var cycles: [SupportCycle] = []
        var refused: [RefusedRecord] = []
        func refuse(_ product: String, _ reason: String) {
            refused.append(RefusedRecord(package: String(product.prefix(64)), advisory: "", reason: reason))
        }
        let found: [(String?, JSON?)]
        if let result = json["result"]?.array {
            found = result.map { ($0["name"]?.string, $0["releases"]) }
        } else {
            found = (json.object ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        for (name, releases) in found {
            guard let name, let releases = releases?.array else {
                refuse(name ?? "", "a product without a name or a list of releases")
                continue
            }
            for (place, release) in releases.enumerated() {
                if let cycle = Self.cycle(release, of: name) {
                    cycles.append(cycle)
                } else {
                    refuse(name, "release \(place + 1) has no name, or an end that is no day")
                }
            }
        }
        guard !cycles.isEmpty else { throw AdvisoriesError.unusable(feed: "endoflife.date", usable: 0, refused: refused.count) }
        self.cycles = cycles
        self.refused = refused
    }

    /// The cycle of a product that a version belongs to: the longest that the version begins with.
    package func cycle(of product: String, version: String) -> SupportCycle? {
        cycles.filter { $0.product == product && (version == $0.cycle || version.hasPrefix($0.cycle + ".")) }
            .max { $0.cycle.utf8.count < $1.cycle.utf8.count }
    }

    /// The cycle with this code name: `trixie`.
    package func cycle(of product: String, codename: String) -> SupportCycle? {
        cycles.first { $0.product == product && $0.codename?.lowercased() == codename.lowercased() }
    }

    private static func cycle(_ release: JSON, of product: String) -> SupportCycle? {
        let name = release["name"]?.string ?? release["cycle"]?.string ?? release["cycle"]?.int.map(String.init)
        guard let name, !name.isEmpty, name.utf8.count <= 64 else { return nil }
        var ends: Timestamp?
        var hasEnded = false
        switch release["eolFrom"] ?? release["eol"] {
        case .string(let text)?:
            guard let date = Timestamp(date: text) else { return nil }
            ends = date
        case .bool(let over)?: hasEnded = over
        // Who says nothing of an end must say that it has not come.
        case nil, .null?: guard release["isEol"]?.bool != nil else { return nil }
        default: return nil
        }
        if let isOver = release["isEol"]?.bool, ends == nil { hasEnded = isOver }
        return SupportCycle(product: product, cycle: name, codename: release["codename"]?.string, ends: ends, hasEnded: hasEnded)
    }
}
