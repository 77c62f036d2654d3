// SPDX-License-Identifier: Apache-2.0
import Tools

/// The part of a program's words that goes into a result: short, one kind of line end, nothing that moves a cursor.
enum Excerpt {
    static func of(_ bytes: [UInt8], limit: Int = 600) -> String {
        let text = String(decoding: bytes.suffix(limit), as: UTF8.self)
        let safe = text.unicodeScalars.map { scalar -> String in
            scalar == "\n"
                ? "\n" : scalar == "\t" ? " " : (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)) ? "." : String(scalar)
        }.joined()
        return (bytes.count > limit ? "…" : "") + safe.split(separator: "\n").joined(separator: "\n")
    }

    /// `status 1; stdout: …; stderr: …`.
    static func of(_ result: ProgramResult) -> String {
        var parts = [result.end.description]
        if !result.stdout.isEmpty { parts.append("stdout: " + of(result.stdout)) }
        if !result.stderr.isEmpty { parts.append("stderr: " + of(result.stderr)) }
        return parts.joined(separator: "; ")
    }
}
