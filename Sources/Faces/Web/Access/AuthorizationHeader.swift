// SPDX-License-Identifier: Apache-2.0
// RFC 7617, RFC 6750 section 2.1
import Base

/// What a request shows of its sender. A description of it shows no secret.
enum AuthorizationHeader: Sendable, CustomStringConvertible, CustomReflectable {
    case basic(user: String, password: String)
    case bearer(String)

    /// Reads the header's value; nil when it is of another scheme or malformed.
    init?(_ value: String) {
        guard let space = value.firstIndex(of: " ") else { return nil }
        let rest = value[value.index(after: space)...].drop { $0 == " " }
        switch value[..<space].lowercased() {
        case "basic":
            // Some clients leave the padding away.
            var text = String(rest)
            text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
            guard let bytes = Base64.decode(text), let pair = String(validating: bytes, as: UTF8.self),
                let colon = pair.firstIndex(of: ":"), !pair.utf8.contains(0)
            else { return nil }
            self = .basic(user: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...]))
        case "bearer":
            guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
            self = .bearer(String(rest))
        default: return nil
        }
    }

    /// Who the sender says to be, for the audit log; nil when that is inside of a token.
    var claimedName: String? {
        if case .basic(let user, _) = self { AccountName.isWellFormed(user) ? user : "(malformed)" } else { nil }
    }

    var description: String {
        switch self {
        case .basic: "basic credentials"
        case .bearer: "a bearer token"
        }
    }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The grammar of account names: what can stand in a header, a log and a command without quotes.
package enum AccountName {
    /// Letters, digits, dot, dash, underscore, at sign; begins with a letter or digit; at most 64.
    package static func isWellFormed(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetterOrDigit(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { isLetterOrDigit($0) || [0x2D, 0x2E, 0x5F, 0x40].contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
