// SPDX-License-Identifier: Apache-2.0
import Base

/// Textual encoding of keys (RFC 7468), 64 characters a line.
package enum PEM {
    package static func text(_ der: [UInt8], label: String) -> String {
        let body = Array(Base64.encode(der).utf8)
        var lines = ["-----BEGIN \(label)-----"]
        for start in stride(from: 0, to: body.count, by: 64) {
            lines.append(String(decoding: body[start..<min(start + 64, body.count)], as: UTF8.self))
        }
        return (lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
    }

    /// The contents of all whole blocks with a label, in order. Text around blocks is ignored.
    package static func blocks(in text: String, label: String) -> [[UInt8]] {
        var blocks: [[UInt8]] = []
        var body: [Substring]?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = Substring(line.trimmingSpaces)
            if line == "-----BEGIN \(label)-----" {
                body = []
            } else if line == "-----END \(label)-----" {
                if let body, let der = Base64.decode(body.joined()) { blocks.append(der) }
                body = nil
            } else {
                body?.append(line)
            }
        }
        return blocks
    }

    /// The label of the first block; nil when there is none.
    package static func label(of text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingSpaces
            if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") { return String(line.dropFirst(11).dropLast(5)) }
        }
        return nil
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }
}
