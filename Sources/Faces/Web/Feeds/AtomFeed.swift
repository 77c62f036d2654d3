// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc4287
import Artifacts
import Base
import Pipeline
import Records

/// What happened, as feed readers read it. Names of elements are literals; everything else is text, and is escaped.
struct AtomFeed {
    /// Names the feed for ever, wherever it is read.
    let id: String
    let title: String
    let address: String
    /// The page beside it.
    let page: String
    /// Newest first.
    let events: [KeptEvent]
    /// How the visitor reaches this server: `https://images.example`.
    let origin: String

    static let mediaType = "application/atom+xml; charset=utf-8"

    var bytes: [UInt8] {
        var xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
        add("id", id, to: &xml)
        add("title", title, to: &xml)
        add("updated", (events.first?.event.time ?? Timestamp(seconds: 0)).description, to: &xml)
        xml += "<author><name>Ashlar</name></author>\n<generator>Ashlar</generator>\n"
        link("self", "application/atom+xml", address, to: &xml)
        link("alternate", "text/html", page, to: &xml)
        for kept in events { add(kept, to: &xml) }
        return Array((xml + "</feed>\n").utf8)
    }

    private func add(_ kept: KeptEvent, to xml: inout String) {
        let event = kept.event
        xml += "<entry>\n"
        add("id", Self.name(of: kept.id), to: &xml)
        add("title", event.title, to: &xml)
        // What happened does not change: both are the moment it happened.
        add("published", event.time.description, to: &xml)
        add("updated", event.time.description, to: &xml)
        xml += "<category term=\"\(Self.escaped(event.kind.rawValue))\"/>\n"
        link("alternate", "text/html", EventWriter(address: origin).link(to: event) ?? page, to: &xml)
        let facts = event.facts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        add("content", ([event.title] + facts).joined(separator: "\n"), to: &xml, type: " type=\"text\"")
        xml += "</entry>\n"
    }

    private func add(_ name: StaticString, _ text: String, to xml: inout String, type: StaticString = "") {
        xml += "<\(name)\(type)>\(Self.escaped(text))</\(name)>\n"
    }

    private func link(_ relation: StaticString, _ type: StaticString, _ address: String, to xml: inout String) {
        xml += "<link rel=\"\(relation)\" type=\"\(type)\" href=\"\(Self.escaped(address))\"/>\n"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        // XML 1.0 has no place for these, not even escaped.
        let allowed = text.unicodeScalars.filter { $0.value >= 0x20 ? !(0xFFFE...0xFFFF).contains($0.value) : $0 == "\n" || $0 == "\t" }
        Escaping.write(String(String.UnicodeScalarView(allowed)), to: &escaped)
        return escaped
    }

    /// A UUID of version 8 (RFC 9562 section 5.8) from a digest: what has the same digest has the same name.
    static func name(of digest: Digest) -> String {
        var bytes = Array(digest.bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(Hex.encode(bytes))
        return "urn:uuid:" + [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }
}
