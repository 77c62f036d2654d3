// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

// Pieces that many pages use, named as the visual language names them.

func link(_ address: Address, _ text: String) -> Node { el("a", .href(address), text: text) }

/// A drawing from the sprite; the word stands beside it.
func icon(_ name: StaticString, _ classes: String = "") -> Node {
    el("svg", .class(classes.isEmpty ? "i" : "i " + classes), .with("viewBox", "0 0 16 16"), .with("aria-hidden", "true")) {
        el("use", .with("href", "\(Assets.icons.path)#i-\(name)"))
    }
}

func mono(_ text: String) -> Node { el("span", .class("mono"), text: text) }

func moment(_ time: Timestamp) -> Node { el("time", .with("datetime", time.description), text: Readable.moment(time)) }

/// A digest that can be copied whole and leads to what it names.
func digestChip(_ digest: Digest, to address: Address) -> Node {
    el("span", .class("digest"), .with("data-copy", digest.description)) {
        el("a", .href(address), .title(digest.description), text: "sha256:\(digest.short)…")
    }
}

/// A command to copy. Lines are shown whole and break at `/` and `@`.
func command(_ text: String) -> Node {
    el("div", .class("cmd"), .with("data-copy", text)) { el("pre") { breakable(text) } }
}

/// Lines of a file to copy: they are broken nowhere unless they must.
func file(_ text: String) -> Node {
    el("div", .class("cmd"), .with("data-copy", text)) { el("pre", text: text) }
}

/// Text that may be broken after a slash or an at sign, and nowhere within an option.
func breakable(_ text: String) -> [Node] {
    var nodes: [Node] = []
    var run = ""
    var word = ""
    func end() {
        guard !word.isEmpty else { return }
        guard word.hasPrefix("-") else {
            run += word
            word = ""
            return
        }
        nodes += [.text(run), el("span", .class("nowrap"), text: word)]
        (run, word) = ("", "")
    }
    for character in text {
        if character.isWhitespace {
            end()
            run.append(character)
        } else {
            word.append(character)
            guard !word.hasPrefix("-"), character == "/" || character == "@" else { continue }
            end()
            nodes += [.text(run), .element("wbr", [], [])]
            run = ""
        }
    }
    end()
    return nodes + [.text(run)]
}

func note(_ title: String, _ classes: String = "", @Nodes _ content: () -> [Node]) -> Node {
    let content = content()
    return el("section", .class(classes.isEmpty ? "note" : "note " + classes)) {
        el("h3", text: title)
        content
    }
}

/// A table of names and values.
func facts(_ rows: [(String, Node)]) -> Node {
    el("dl", .class("facts")) {
        rows.map { row in
            el("div") {
                el("dt", text: row.0)
                el("dd") { row.1 }
            }
        }
    }
}

/// A severity: its shape and its word.
func severity(_ severity: Severity) -> Node {
    let (name, shape, word): (String, StaticString, String) =
        switch severity {
        case .critical: ("critical", "critical", "Critical")
        case .high: ("high", "high", "High")
        case .medium: ("medium", "medium", "Medium")
        case .low: ("low", "low", "Low")
        case .negligible: ("none", "none", "Unimportant")
        case .unknown: ("none", "unknown", "Not rated")
        }
    return el("span", .class("sev " + name)) {
        icon(shape)
        word
    }
}

func state(_ kind: String, _ shape: StaticString, _ text: String) -> Node {
    el("span", .class("st " + kind)) {
        icon(shape)
        text
    }
}

func seal(_ kind: String, _ shape: StaticString, _ text: String, _ address: Address) -> Node {
    el("a", .class("seal " + kind), .href(address)) {
        icon(shape)
        text
    }
}
