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
    package let refusedCount: Int

    package init(_ bytes: [UInt8], limit: Int = 64 << 20) throws {
        let json = try JSON.parse(bytes, limit: limit)
        var cycles: [SupportCycle] = []
        var refused = 0
        let products: [(String, [JSON])]
        if let result = json["result"]?.array {
            products = result.compactMap { product in
                product["name"]?.string.flatMap { name in product["releases"]?.array.map { (name, $0) } }
            }
            refused += result.count - products.count
        } else {
            let members = (json.object ?? [:]).sorted { $0.key < $1.key }
            products = members.compactMap { member in member.value.array.map { (member.key, $0) } }
            refused += members.count - products.count
        }
        for (name, releases) in products {
            for release in releases {
                if let cycle = Self.cycle(release, of: name) { cycles.append(cycle) } else { refused += 1 }
            }
        }
        guard !cycles.isEmpty else { throw AdvisoriesError.unusable(feed: "endoflife.date", usable: 0, refused: refused) }
        self.cycles = cycles
        refusedCount = refused
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
        case nil, .null?: break
        default: return nil
        }
        if let isOver = release["isEol"]?.bool, ends == nil { hasEnded = isOver }
        return SupportCycle(product: product, cycle: name, codename: release["codename"]?.string, ends: ends, hasEnded: hasEnded)
    }
}
