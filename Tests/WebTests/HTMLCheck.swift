// SPDX-License-Identifier: Apache-2.0

/// Reads a page as strictly as no browser does, and says what is wrong with it: what is not closed, what runs, what loads from elsewhere.
struct HTMLCheck {
    private(set) var faults: [String] = []
    /// The text between the elements, with its escapes resolved.
    private(set) var text = ""
    /// Names of all elements, once each.
    private(set) var elements: Set<String> = []
    /// Addresses that a browser fetches without being asked.
    private(set) var loads: [String] = []
    private(set) var links: [String] = []
    private(set) var ids: [String] = []

    private static let void: Set<String> = ["br", "hr", "img", "input", "link", "meta", "wbr"]
    private static let known: Set<String> = [
        "a", "article", "aside", "b", "body", "br", "button", "circle", "code", "dd", "defs", "details", "div", "dl", "dt", "figcaption",
        "figure", "footer", "form", "h1", "h2", "h3", "head", "header", "html", "input", "kbd", "li", "line", "link", "main", "meta", "nav",
        "option", "select",
        "ol", "p", "path", "pattern", "pre", "rect", "script", "section", "small", "span", "strong", "summary", "svg", "table", "tbody",
        "td",
        "text", "th", "thead", "time", "title", "tr", "ul", "use", "wbr",
    ]

    init(_ page: String) {
        var rest = Substring(page)
        guard rest.hasPrefix("<!doctype html>\n") else {
            faults.append("no doctype")
            return
        }
        rest = rest.dropFirst("<!doctype html>\n".count)
        var open: [String] = []
        while let character = rest.first {
            guard character == "<" else {
                let run = rest.prefix { $0 != "<" }
                if run.contains(">") { faults.append("a bare > in: \(run.prefix(60))") }
                text += resolved(run)
                rest = rest.dropFirst(run.count)
                continue
            }
            guard let end = rest.firstIndex(of: ">") else {
                faults.append("a tag without an end: \(rest.prefix(60))")
                return
            }
            let tag = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                let name = String(tag.dropFirst())
                if open.popLast() != name { faults.append("</\(name)> closes something else") }
            } else if let name = element(tag), !Self.void.contains(name) {
                open.append(name)
            }
        }
        if !open.isEmpty { faults.append("not closed: \(open)") }
        if Set(ids).count != ids.count { faults.append("an id that is there twice: \(ids)") }
        for link in links where link.hasPrefix("#") && !ids.contains(String(link.dropFirst())) { faults.append("\(link) leads nowhere") }
    }

    private mutating func element(_ tag: Substring) -> String? {
        let name = String(tag.prefix { $0 != " " })
        guard Self.known.contains(name) else {
            faults.append("an element that no page has: <\(tag.prefix(60))>")
            return name
        }
        elements.insert(name)
        var rest = tag.dropFirst(name.count)
        var attributes: [String: String] = [:]
        while rest.first == " " {
            rest = rest.dropFirst()
            let key = String(rest.prefix { $0 != "=" && $0 != " " })
            rest = rest.dropFirst(key.count)
            guard rest.first == "=" else {
                attributes[key] = ""
                continue
            }
            guard rest.dropFirst().first == "\"" else {
                faults.append("a value without quotes: \(tag.prefix(80))")
                return name
            }
            let value = rest.dropFirst(2).prefix { $0 != "\"" }
            rest = rest.dropFirst(value.count + 3)
            if attributes.updateValue(resolved(value), forKey: key) != nil { faults.append("\(key) twice in <\(tag.prefix(60))>") }
        }
        if !rest.isEmpty { faults.append("what is no attribute: \(rest.prefix(60))") }
        check(name, attributes)
        return name
    }

    private mutating func check(_ name: String, _ attributes: [String: String]) {
        for key in attributes.keys where key == "style" || key.hasPrefix("on") || key == "srcdoc" { faults.append("\(key) in <\(name)>") }
        if let id = attributes["id"] { ids.append(id) }
        if name == "script", attributes["src"] == nil { faults.append("an inline script") }
        switch name {
        case "script", "img": loads += [attributes["src"] ?? ""]
        // Another document about the same is offered, not loaded.
        case "link" where attributes["rel"] == "alternate": links.append(attributes["href"] ?? "")
        case "link", "use": loads += [attributes["href"] ?? ""]
        case "form": if let action = attributes["action"], !action.hasPrefix("/") { faults.append("a form to \(action)") }
        case "a": links.append(attributes["href"] ?? "")
        default: break
        }
        let addresses = [attributes["href"], attributes["src"], attributes["action"]].compactMap(\.self)
        for address in addresses
        where !(address.hasPrefix("/") && !address.hasPrefix("//")) && !address.hasPrefix("#") && !address.hasPrefix("?") {
            if name != "a" || !address.hasPrefix("https://") { faults.append("<\(name)> leads to \(address)") }
        }
        if name == "th", attributes["scope"] == nil { faults.append("a head of a table without scope") }
        if name == "input", attributes["type"] != "hidden", attributes["aria-label"] == nil { faults.append("an input without a label") }
        if name == "svg", attributes["aria-hidden"] == nil, attributes["role"] == nil {
            faults.append("a drawing that is neither told nor hidden")
        }
    }

    private mutating func resolved(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            rest = rest[ampersand...]
            guard
                let entity = ["&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'"].first(where: { rest.hasPrefix($0.key) })
            else {
                faults.append("an ampersand that was not escaped: \(rest.prefix(40))")
                return result + rest
            }
            result += entity.value
            rest = rest.dropFirst(entity.key.count)
        }
        return result + rest
    }
}
