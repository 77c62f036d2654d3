// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc5322, https://www.rfc-editor.org/rfc/rfc2047, https://www.rfc-editor.org/rfc/rfc3834
package import Base

/// An address of mail, `ops@example.org`: only what needs no quoting, so that it means the same in every place.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) throws(TransportError) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isLocal = { (byte: UInt8) in Self.isAlphanumeric(byte) || ".!#$%&'*+/=?^_`{|}~-".utf8.contains(byte) }
        let isHost = { (byte: UInt8) in Self.isAlphanumeric(byte) || byte == 0x2D || byte == 0x2E }
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), (1...253).contains(parts[1].utf8.count),
            parts[0].utf8.allSatisfy(isLocal), parts[1].utf8.allSatisfy(isHost), parts[1].utf8.first.map(Self.isAlphanumeric) == true
        else { throw .mail(place: "an address", reason: "a text that is none") }
        description = text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}

/// A mail of plain text. Whatever its texts hold, they make no header and no command: the subject is encoded words, the body base64.
package struct MailMessage: Sendable {
    package var from: MailAddress
    package var to: [MailAddress]
    package var subject: String
    package var text: String
    /// The left part of its Message-ID: letters and digits.
    package var id: String
    package var date: Timestamp

    package init(from: MailAddress, to: [MailAddress], subject: String, text: String, id: Digest, date: Timestamp) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.id = String(id.hex.prefix(32))
        self.date = date
    }

    /// Bytes of the text that are sent; the rest is left out.
    static let limit = 256 << 10

    /// As it is sent: lines of at most 76 characters that end in CR LF, none of which begins with a dot.
    var lines: [String] {
        let host = from.description.split(separator: "@").last.map(String.init) ?? "localhost"
        // The receivers do not learn of each other.
        var lines = ["From: <\(from)>", "To: undisclosed-recipients:;"]
        if to.count == 1, let only = to.first { lines[1] = "To: <\(only)>" }
        lines += Self.encodedSubject(subject)
        lines += [
            "Date: \(Self.date(date))", "Message-ID: <\(id)@\(host)>", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "",
        ]
        let body = Base64.encode(Array(text.utf8.prefix(Self.limit)))
        var rest = body[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(76)))
            rest = rest.dropFirst(76)
        }
        return lines
    }

    // Encoded words of at most 75 characters, none of which splits a character.
    private static func encodedSubject(_ subject: String) -> [String] {
        var words: [String] = []
        var piece = ""
        for character in subject.prefix(300) {
            if piece.utf8.count + String(character).utf8.count > 42, !piece.isEmpty {
                words.append(piece)
                piece = ""
            }
            // One that is made of very many is not worth a word of its own.
            if String(character).utf8.count <= 42 { piece.append(character) }
        }
        if !piece.isEmpty || words.isEmpty { words.append(piece) }
        return words.enumerated().map { index, word in
            (index == 0 ? "Subject: " : " ") + "=?utf-8?B?\(Base64.encode(Array(word.utf8)))?="
        }
    }

    /// RFC 5322: `Tue, 24 Nov 2026 16:00:00 +0000`.
    static func date(_ time: Timestamp) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = Int((Double(time.seconds) / 86400).rounded(.down))
        let parts = time.dateText.split(separator: "-")
        let month = parts.count == 3 ? (Int(parts[1]) ?? 1) - 1 : 0
        let clock = time.description.dropFirst(11).prefix(8)
        guard parts.count == 3, months.indices.contains(month) else { return "Thu, 01 Jan 1970 00:00:00 +0000" }
        return "\(days[((day % 7) + 7) % 7]), \(parts[2]) \(months[month]) \(parts[0]) \(clock) +0000"
    }
}
