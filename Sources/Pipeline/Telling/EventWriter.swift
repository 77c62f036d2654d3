// SPDX-License-Identifier: Apache-2.0
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, formats/json-format.md
// https://api.slack.com/reference/messaging/payload
package import Artifacts
import Base
package import Records

/// Writes events as receivers read them.
package struct EventWriter: Sendable {
    /// Where the catalog is found: `https://images.example`; nil when it is not said.
    let address: String?

    package init(address: String? = nil) {
        self.address = address.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    package static let cloudEventType = "application/cloudevents+json; charset=utf-8"
    /// Before the kind of an event.
    package static let typePrefix = "dev.ashlar."

    /// A CloudEvent in structured mode.
    package func cloudEvent(_ kept: KeptEvent) -> [UInt8] {
        let event = kept.event
        var data: [String: JSON] = [
            "facts": JSON(event.facts), "severity": JSON(event.severity.rawValue), "subject": JSON(event.subject),
            "title": JSON(event.title),
        ]
        if let image = event.image { data["image"] = JSON(image) }
        if let link = link(to: event) { data["link"] = JSON(link) }
        let json: JSON = [
            "specversion": "1.0", "id": JSON(kept.name), "source": JSON(address ?? "urn:ashlar:catalog"),
            "type": JSON(Self.typePrefix + event.kind.rawValue), "subject": JSON(event.subject), "time": JSON(event.time.description),
            "datacontenttype": "application/json", "data": .object(data),
        ]
        return json.canonicalBytes
    }

    /// A message for Slack and what understands the same: a text, and the same in blocks.
    package func slack(_ kept: KeptEvent) -> [UInt8] {
        let event = kept.event
        let mark =
            switch event.severity {
            case .info: ":information_source:"
            case .warning: ":warning:"
            case .critical: ":rotating_light:"
            }
        var blocks: [JSON] = [
            ["type": "section", "text": ["type": "mrkdwn", "text": JSON("\(mark) *\(Self.escaped(event.title))*")]]
        ]
        let fields = event.facts.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.prefix(10)
        if !fields.isEmpty {
            blocks.append([
                "type": "section",
                "fields": .array(
                    fields.map { name, value in
                        ["type": "plain_text", "emoji": false, "text": JSON("\(Self.escaped(name)): \(Self.escaped(value))")]
                    }),
            ])
        }
        var foot = "\(event.kind.rawValue) · \(event.time)"
        if let link = link(to: event) { foot += " · <\(Self.escaped(link))|\(Self.escaped(event.subject))>" }
        blocks.append(["type": "context", "elements": [["type": "mrkdwn", "text": JSON(foot)]]])
        let json: JSON = ["text": JSON(Self.escaped(event.title)), "blocks": .array(blocks)]
        return json.canonicalBytes
    }

    /// A mail's subject and text.
    package func mail(_ kept: KeptEvent) -> (subject: String, text: String) {
        let event = kept.event
        var lines = [event.title, ""]
        lines += event.facts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        lines += ["", "event: \(event.kind.rawValue)", "severity: \(event.severity.rawValue)", "time: \(event.time)", "id: \(kept.name)"]
        if let link = link(to: event) { lines.append("see: \(link)") }
        return ("[ashlar] \(event.title)", lines.joined(separator: "\n") + "\n")
    }

    /// The page of what an event is about.
    package func link(to event: CatalogEvent) -> String? {
        guard let address, let image = event.image else { return nil }
        let parts = image.split(separator: "/") + (event.facts["stream"].map { [Substring($0)] } ?? [])
        return "\(address)/images/" + parts.map { Self.encoded($0) }.joined(separator: "/")
    }

    // Slack: the three characters that steer it. What they make is then nothing but text, mentions and links included.
    static func escaped(_ text: String) -> String {
        // The others set type off: they would not steer, but a text could look like another's.
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("*", with: "∗")
            .replacing("`", with: "'").replacing("~", with: "∼")
    }

    private static func encoded(_ text: Substring) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.unicodeScalars.append(UnicodeScalar(byte))
            default: encoded += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return encoded
    }
}

extension KeptEvent {
    /// What receivers know it by, the same in every try: `evt_` and 32 digits.
    package var name: String { "evt_" + id.hex.prefix(32) }
}
