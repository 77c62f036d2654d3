// SPDX-License-Identifier: Apache-2.0
// https://html.spec.whatwg.org/multipage/syntax.html

/// A piece of a page. Names of elements and attributes are literals of this program; everything else is text, and text is escaped when
/// it is written: there is no way to hand in markup.
indirect enum Node: Sendable {
    case text(String)
    case element(StaticString, [Attribute], [Node])
    case group([Node])

    static var nothing: Node { .group([]) }

    /// The text that a reader sees, without markup.
    var plain: String {
        switch self {
        case .text(let text): text
        case .element(_, _, let content), .group(let content): content.map(\.plain).joined()
        }
    }

    func write(to html: inout String) {
        switch self {
        case .text(let text): Escaping.write(text, to: &html)
        case .group(let nodes): for node in nodes { node.write(to: &html) }
        case .element(let name, let attributes, let content):
            html += "<\(name)"
            for attribute in attributes {
                html += " \(attribute.name)"
                guard let value = attribute.value else { continue }
                html += "=\""
                Escaping.write(value, to: &html)
                html += "\""
            }
            html += ">"
            guard !Self.void.contains("\(name)") else { return }
            for node in content { node.write(to: &html) }
            html += "</\(name)>"
        }
    }

    private static let void: Set<String> = ["br", "hr", "img", "input", "link", "meta", "wbr"]
}

/// An attribute of an element: a literal name, and a value that is escaped when it is written.
struct Attribute: Sendable {
    let name: StaticString
    let value: String?

    static func with(_ name: StaticString, _ value: String) -> Attribute { Attribute(name: name, value: value) }
    static func flag(_ name: StaticString) -> Attribute { Attribute(name: name, value: nil) }
    static func `class`(_ names: String) -> Attribute { .with("class", names) }
    static func id(_ id: String) -> Attribute { .with("id", id) }
    static func label(_ text: String) -> Attribute { .with("aria-label", text) }
    static func title(_ text: String) -> Attribute { .with("title", text) }
    static func href(_ address: Address) -> Attribute { .with("href", address.text) }
}

/// Where a link leads: below this server, or to another by https. Data is encoded, so that no name becomes a scheme or a query.
struct Address: Hashable, Sendable {
    let text: String

    /// A path of this server: segments may hold slashes, everything else but unreserved characters is encoded.
    static func at(_ segments: String..., query: [(String, String)] = [], fragment: StaticString? = nil) -> Address {
        // A colon means nothing after the first slash, and digests are easier to read with it.
        let path = segments.flatMap { $0.split(separator: "/") }.map { HTTPText.encoded(String($0)).replacing("%3A", with: ":") }
            .joined(separator: "/")
        return Address(text: "/" + path + text(of: query) + (fragment.map { "#\($0)" } ?? ""))
    }

    /// The page itself with other parameters.
    static func query(_ query: [(String, String)]) -> Address { Address(text: query.isEmpty ? "?" : text(of: query)) }
    static func fragment(_ name: StaticString) -> Address { Address(text: "#\(name)") }

    /// Another site's page; nil unless it is spelled as one.
    static func external(_ text: String) -> Address? {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && ![0x22, 0x27, 0x3C, 0x3E, 0x5C, 0x60].contains($0) }
        return text.hasPrefix("https://") && isPlain ? Address(text: text) : nil
    }

    private init(text: String) { self.text = text }

    private static func text(of query: [(String, String)]) -> String {
        guard !query.isEmpty else { return "" }
        return "?" + query.map { HTTPText.encoded($0.0) + "=" + HTTPText.encoded($0.1) }.joined(separator: "&")
    }
}

/// Collects pieces: text, elements, lists of them, what is there under a condition.
@resultBuilder enum Nodes {
    static func buildExpression(_ node: Node) -> [Node] { [node] }
    static func buildExpression(_ text: String) -> [Node] { [.text(text)] }
    static func buildExpression(_ nodes: [Node]) -> [Node] { nodes }
    static func buildBlock(_ parts: [Node]...) -> [Node] { parts.flatMap(\.self) }
    static func buildOptional(_ part: [Node]?) -> [Node] { part ?? [] }
    static func buildEither(first part: [Node]) -> [Node] { part }
    static func buildEither(second part: [Node]) -> [Node] { part }
    static func buildArray(_ parts: [[Node]]) -> [Node] { parts.flatMap(\.self) }
}

/// An element with what is in it.
func el(_ name: StaticString, _ attributes: Attribute..., @Nodes content: () -> [Node] = { [] }) -> Node {
    .element(name, attributes, content())
}

/// An element that holds only text.
func el(_ name: StaticString, _ attributes: Attribute..., text: String) -> Node { .element(name, attributes, [.text(text)]) }

/// Pieces without an element around them.
func group(@Nodes _ content: () -> [Node]) -> Node { .group(content()) }
