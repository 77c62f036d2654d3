// SPDX-License-Identifier: Apache-2.0

extension Grid {
    /// The table on a page: heads that sort, groups with their counts, links to further pages.
    func node(_ query: GridQuery, classes: String = "", empty: String) -> Node {
        let rows = chosen(query)
        guard !rows.isEmpty else { return el("p", .class("pad block s soft"), text: self.rows.isEmpty ? empty : nothingMatches(query)) }
        let pages = (rows.count + GridQuery.pageSize - 1) / GridQuery.pageSize
        let page = min(query.page, pages)
        let shown = Array(rows.dropFirst((page - 1) * GridQuery.pageSize).prefix(GridQuery.pageSize))
        return group {
            el("div", .class("block scroll"), .with("role", "region"), .with("tabindex", "0"), .label(caption)) {
                el("table", .class(classes.isEmpty ? "table rows" : "table rows " + classes), .with("role", "table")) {
                    el("thead", .with("role", "rowgroup")) { el("tr", .with("role", "row")) { heads(query) } }
                    el("tbody", .with("role", "rowgroup")) { body(shown, all: rows) }
                }
            }
            if pages > 1 { pager(query, page, pages) }
        }
    }

    /// Links that give what the page shows as files.
    func downloads(_ csv: Address, _ json: Address) -> Node {
        el("span", .class("end tools s")) {
            el("a", .href(csv)) {
                icon("down")
                "CSV"
            }
            el("a", .href(json)) {
                icon("down")
                "JSON"
            }
        }
    }

    private var shownColumns: [(offset: Int, element: Column)] { columns.enumerated().filter(\.element.isShown) }

    private func heads(_ query: GridQuery) -> [Node] {
        shownColumns.map { _, column in
            let isSorted = query.sort == column.key
            // A second press turns the order around.
            let next = isSorted && !query.isDescending ? "-" + column.key : column.key
            var attributes: [Attribute] = [.with("scope", "col"), .with("role", "columnheader")]
            if column.isNumeric { attributes.append(.class("num")) }
            if isSorted { attributes.append(.with("aria-sort", query.isDescending ? "descending" : "ascending")) }
            return .element(
                "th", attributes,
                [
                    el("a", .href(.query(query.with("sort", next)))) {
                        column.title
                        if isSorted { icon(query.isDescending ? "sort" : "sortup") }
                    }
                ])
        }
    }

    private func body(_ shown: [Row], all: [Row]) -> [Node] {
        var nodes: [Node] = []
        var last: Group?
        for row in shown {
            if let group = row.group, group != last {
                nodes.append(
                    el("tr", .class("group"), .with("role", "row")) {
                        el("td", .with("colspan", "\(shownColumns.count)"), .with("role", "cell")) {
                            "\(group.title): \(all.count { $0.group == group })"
                            el("span", text: group.note)
                        }
                    })
                last = group
            }
            nodes.append(el("tr", .with("role", "row")) { cells(row) })
        }
        return nodes
    }

    private func cells(_ row: Row) -> [Node] {
        shownColumns.enumerated().map { place, column in
            let cell = row.cells[column.offset]
            var classes: [String] = []
            if place == 0 { classes.append("main") }
            if column.element.isNumeric { classes.append("num") }
            if column.element.isTight { classes.append("tight") }
            return el(
                "td", .class(classes.joined(separator: " ")), .with("role", "cell"), .with("data-l", column.element.title)
            ) { cell.node ?? .text(cell.text) }
        }
    }

    private func nothingMatches(_ query: GridQuery) -> String {
        query.text.isEmpty
            ? "None of \(rows.count) matches what is chosen above." : "None of \(rows.count) holds “\(query.text)”."
    }

    private func pager(_ query: GridQuery, _ page: Int, _ pages: Int) -> Node {
        el("nav", .class("filters gap2"), .label("Pages of the table")) {
            for number in 1...pages {
                if number == page {
                    el(
                        "a", .class("chip"), .with("aria-current", "page"), .href(.query(query.with("page", "\(number)"))),
                        text: "\(number)")
                } else {
                    el("a", .class("chip"), .href(.query(query.with("page", "\(number)"))), text: "\(number)")
                }
            }
        }
    }
}

/// A form that narrows a table down by words; what was chosen otherwise is kept.
func narrowing(_ query: GridQuery, placeholder: String, keeping names: [String]) -> Node {
    el("form", .class("narrow"), .with("method", "get")) {
        for name in names {
            if let value = query[name] { el("input", .with("type", "hidden"), .with("name", name), .with("value", value)) }
        }
        el(
            "input", .with("type", "search"), .with("name", "q"), .with("value", query.text), .with("placeholder", placeholder),
            .label(placeholder))
        el("button", .class("chip"), .with("type", "submit"), text: "Filter")
    }
}

/// A filter: a link with the number of what it leaves.
func chip(_ title: String, _ count: Int, _ query: GridQuery, _ name: String, _ value: String?) -> Node {
    let isCurrent = query[name] == value
    let address = Address.query(query.with(name, isCurrent ? nil : value))
    var attributes: [Attribute] = [.class("chip"), .href(address)]
    if isCurrent { attributes.append(.with("aria-current", "true")) }
    return .element("a", attributes, [.text(title + " "), el("b", text: "\(count)")])
}
