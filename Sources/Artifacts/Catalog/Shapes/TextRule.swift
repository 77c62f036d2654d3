// SPDX-License-Identifier: Apache-2.0
import Base
import SBOM

/// What a text must look like: an expression for the schema and the reader, and what an expression cannot say.
struct TextRule: Sendable {
    /// For errors: `a package name such as libc6`.
    let expected: String
    /// Matched against the whole text; in the common language of ECMA-262 and Swift. Nil accepts any text.
    var pattern: String?
    /// Bytes of UTF-8.
    var limit = 4096
    /// A further rule; gives what is expected instead and the edit that mends it.
    var further: (@Sendable (String) -> Problem?)?

    struct Problem {
        let expected: String
        var fix: String?
    }

    var schema: [String: JSON] {
        var json: [String: JSON] = ["type": "string"]
        if let pattern { json["pattern"] = JSON("^(?:\(pattern))$") }
        return json
    }

    func problem(with text: String, _ reader: inout Reader) -> Problem? {
        if text.utf8.count > limit { return Problem(expected: "at most \(limit) bytes of text", fix: "shorten it") }
        if let pattern, !reader.matches(text, pattern) {
            return further?(text) ?? Problem(expected: expected)
        }
        return further?(text)
    }
}

extension TextRule {
    /// Any text, also an empty one, up to 256 KiB.
    static let content = TextRule(expected: "a text", limit: 256 << 10)
    static let any = TextRule(expected: "a text")
    static let line = TextRule(expected: "one line of text", pattern: #"[^\n\r]*[^\s][^\n\r]*"#)
    static let reason = TextRule(expected: "a reason in words", pattern: #"[^\n\r]*[^\s][^\n\r]*"#)
    static let imageName = TextRule(expected: "an image name such as python", pattern: "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*", limit: 128)
    static let streamName = TextRule(expected: "a stream name such as 3.13", pattern: "[a-z0-9][a-z0-9._-]*", limit: 64)
    static let name = TextRule(expected: "a name in lower case such as tls", pattern: "[a-z0-9][a-z0-9.-]*", limit: 64)
    static let packageName = TextRule(expected: "a package name such as libc6", pattern: "[a-z0-9][a-z0-9+.-]+", limit: 128)
    static let accountName = TextRule(expected: "an account name such as nonroot", pattern: "[a-z_][a-z0-9_-]*", limit: 32)
    static let environmentName = TextRule(expected: "a variable name such as LANG", pattern: "[A-Za-z_][A-Za-z0-9_]*", limit: 256)
    static let annotationKey = TextRule(expected: "an annotation key such as org.opencontainers.image.licenses", pattern: #"[^\s]+"#)
    static let mode = TextRule(expected: "four octal digits in quotes such as \"0644\"", pattern: "[0-7]{4}")
    static let owner = TextRule(
        expected: "a numeric uid:gid in quotes such as \"65532:65532\"", pattern: "[0-9]{1,10}:[0-9]{1,10}",
        further: { text in
            let fits = text.split(separator: ":").allSatisfy { Int($0).map { $0 <= 4_294_967_294 } ?? false }
            return fits ? nil : Problem(expected: "a numeric uid:gid in quotes such as \"65532:65532\", each below 4294967295")
        })
    static let hexadecimal = TextRule(expected: "pairs of hexadecimal digits in quotes such as \"00ff\"", pattern: "(?:[0-9A-Fa-f]{2})+")
    static let sha256 = TextRule(expected: "64 hexadecimal digits in lower case", pattern: "[0-9a-f]{64}")
    static let fingerprint = TextRule(
        expected: "a full key fingerprint of 40 or 64 hexadecimal digits in upper case", pattern: "(?:[0-9A-F]{40}|[0-9A-F]{64})")

    static let licence = TextRule(
        expected: "an SPDX licence expression such as MIT or \"GPL-2.0-only AND MIT\"", pattern: #"[A-Za-z0-9.+()-][A-Za-z0-9.+() -]*"#,
        further: { text in
            let isKnown = (try? LicenseExpression(text)) != nil
            return isKnown ? nil : Problem(expected: "an SPDX licence expression such as MIT or \"GPL-2.0-only AND MIT\"")
        })

    static let day = TextRule(
        expected: "a day such as 2024-10-07", pattern: "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        further: { text in
            guard let day = Timestamp(date: text), day.dateText == text else {
                return Problem(expected: "a day of the calendar such as 2024-10-07")
            }
            return nil
        })

    static let port = TextRule(
        expected: "a port such as 8080/tcp", pattern: "[0-9]{1,5}/(?:tcp|udp|sctp)",
        further: { text in
            if let number = Int(text), (1...65535).contains(number) {
                return Problem(expected: "a port with its protocol such as 8080/tcp", fix: "write \(number)/tcp")
            }
            guard let number = text.split(separator: "/").first.flatMap({ Int($0) }), (1...65535).contains(number) else {
                return Problem(expected: "a port from 1 to 65535 with its protocol such as 8080/tcp")
            }
            return nil
        })

    static let version = TextRule(
        expected: "package:<name>, or a version such as \"1.2\"",
        pattern: "(?:package:[a-z0-9][a-z0-9+.-]+|[A-Za-z0-9][A-Za-z0-9.+~_-]*)", limit: 128,
        further: { text in
            guard let colon = text.firstIndex(of: ":"), text[..<colon] != "package" else { return nil }
            return Problem(expected: "package:<name>, or a version such as \"1.2\"", fix: "write package:\(text[colon...].dropFirst())")
        })
}
