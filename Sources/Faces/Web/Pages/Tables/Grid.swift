// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// A table that sorts and filters by its address, and can be had as CSV and JSON: one value for the page and the downloads.
struct Grid: Sendable {
    struct Column: Sendable {
        let key: String
        let title: String
        var isNumeric = false
        /// Columns that only downloads have: the page shows their values within others.
        var isShown = true
        /// Never broken within.
        var isTight = false
    }

    struct Cell: Sendable {
        let value: JSON
        var node: Node?
        /// What rows are sorted by, when that is not the value.
        var order: Int?

        init(_ value: JSON, _ node: Node? = nil, order: Int? = nil) {
            self.value = value
            self.node = node
            self.order = order
        }
        init(_ text: String?, _ node: Node? = nil) { self.init(text.map { JSON($0) } ?? .null, node) }

        var text: String {
            switch value {
            case .null: ""
            case .bool(let flag): flag ? "yes" : "no"
            case .int(let number): "\(number)"
            case .number(let number): "\(number)"
            case .string(let text): text
            case .array(let items): items.compactMap(\.string).joined(separator: " ")
            case .object: value.canonicalText
            }
        }
    }

    struct Row: Sendable {
        var cells: [Cell]
        /// Rows of one group stand together, in the order in which the groups come.
        var group: Group?
    }

    struct Group: Sendable, Hashable {
        let key: String
        let title: String
        let note: String
    }

    /// Of a download: `findings`.
    let name: String
    /// What the table is about: `python:3.13`.
    let subject: String
    let columns: [Column]
    let rows: [Row]
    var caption: String { "\(name) of \(subject)" }
}

/// What an address asks of a table.
struct GridQuery: Sendable {
    /// All parameters, in their order: links change one and keep the others.
    let parameters: [(String, String)]
    let sort: String?
    let isDescending: Bool
    let text: String
    let page: Int

    static let pageSize = 200

    init(_ query: String?) {
        parameters = (query ?? "").split(separator: "&").prefix(20).compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.text(parts[0]), let value = Self.text(parts.count > 1 ? parts[1] : ""), name.utf8.count <= 40,
                value.utf8.count <= 400
            else { return nil }
            return (name, value)
        }
        let sort = parameters.first { $0.0 == "sort" }?.1
        isDescending = sort?.hasPrefix("-") == true
        self.sort = sort.map { String($0.drop { $0 == "-" }) }
        text = parameters.first { $0.0 == "q" }?.1 ?? ""
        page = max(1, parameters.first { $0.0 == "page" }.flatMap { Int($0.1) } ?? 1)
    }

    subscript(_ name: String) -> String? { parameters.first { $0.0 == name && !$0.1.isEmpty }?.1 }

    /// The parameters with one of them changed, or taken away; another choice begins on the first page.
    func with(_ name: String, _ value: String?) -> [(String, String)] {
        let kept = parameters.filter { $0.0 != name && $0.0 != "page" && !$0.1.isEmpty }
        return kept + (value.map { [(name, $0)] } ?? [])
    }

    // A form writes a space as a plus sign.
    private static func text(_ part: Substring) -> String? { HTTPText.decoded(String(part.map { $0 == "+" ? " " : $0 })) }
}

extension Grid {
    /// The rows that an address asks for, in its order.
    func chosen(_ query: GridQuery) -> [Row] {
        var rows = rows
        let words = query.text.lowercased().split(separator: " ")
        if !words.isEmpty {
            rows = rows.filter { row in
                let text = row.cells.map { $0.text.lowercased() }.joined(separator: "\n")
                return words.allSatisfy { text.contains($0) }
            }
        }
        guard let position = columns.firstIndex(where: { $0.key == query.sort }) else { return rows }
        let groups = rows.reduce(into: [Group?]()) { if !$0.contains($1.group) { $0.append($1.group) } }
        return groups.flatMap { group in
            // Equal rows stay in the table's own order; what has no value comes last either way.
            rows.filter { $0.group == group }.enumerated().sorted { first, second in
                let (one, other) = (first.element.cells[position], second.element.cells[position])
                if one.value.isNull != other.value.isNull { return other.value.isNull }
                if Self.isBefore(one, other) { return !query.isDescending }
                if Self.isBefore(other, one) { return query.isDescending }
                return first.offset < second.offset
            }.map(\.element)
        }
    }

    private static func isBefore(_ first: Cell, _ second: Cell) -> Bool {
        if let one = first.order, let other = second.order { return one < other }
        if let one = first.number, let other = second.number { return one < other }
        return NaturalOrder.precedes(first.text.lowercased(), second.text.lowercased())
    }
}

extension Grid.Cell {
    fileprivate var number: Double? {
        switch value {
        case .int(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}
