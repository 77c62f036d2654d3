// SPDX-License-Identifier: Apache-2.0
// https://www.debian.org/doc/debian-policy/ch-controlfields.html

/// Fields of a control paragraph that people read. A line that is not a field is left out: the paragraph was parsed, and refused
/// when it was wrong, before it came here.
struct ControlFields {
    private var fields: [String: [Substring]] = [:]

    init(_ text: String) {
        var name: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.first == " " || line.first == "\t" {
                if let name { fields[name]?.append(line.dropFirst()) }
            } else if let colon = line.firstIndex(of: ":") {
                let field = line[..<colon].lowercased()
                name = field
                fields[field] = [line[line.index(after: colon)...].drop { $0 == " " }]
            }
        }
    }

    /// The value on the field's first line; nil when it is empty.
    subscript(name: String) -> String? { fields[name]?.first.flatMap { $0.isEmpty ? nil : String($0) } }

    /// The one-line synopsis and the text below it, whose blank lines are written as a lone dot (Policy 5.6.13).
    var description: (synopsis: String, details: String?) {
        guard let lines = fields["description"], let first = lines.first else { return ("", nil) }
        let details = lines.dropFirst().map { $0 == "." ? "" : $0 }.joined(separator: "\n")
        return (String(first), details.isEmpty ? nil : details)
    }
}
