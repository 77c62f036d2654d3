// SPDX-License-Identifier: Apache-2.0

/// Where the archives of a suite are fetched from: one address for each base name (`debian`, `debian-security`), or for a suite
/// alone (`trixie-security`).
package struct Mirror: Sendable, Hashable {
    /// Name of a base or of a suite -> address without a slash at its end. May hold a password: never shown, see `shown`.
    private let bases: [String: String]
    /// A host below which every base lies under its own name; nil when only the named bases are known.
    private let root: String?
    /// Where the setting was found, for people: `ASHLAR_MIRROR`, `/etc/apt/sources.list.d/debian.sources`.
    package let origin: String

    init(bases: [String: String], root: String? = nil, origin: String) {
        self.bases = bases
        self.root = root
        self.origin = origin
    }

    /// The absolute address of a path of a suite's archive: `dists/trixie-security/InRelease`. What is set for the suite goes before
    /// what is set for its base, and that before the host of all.
    package func url(suite: String, base: String, path: String) throws(TransportError) -> String {
        guard let address = bases[suite] ?? bases[base] ?? root.map({ "\($0)/\(base)" }) else {
            throw .mirror(
                reason:
                    "\(origin) names neither the suite \(suite) nor its archive \(base), only \(bases.keys.sorted().joined(separator: ", "))"
            )
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !segments.contains(".."), !segments.contains("."), !path.hasPrefix("/"), !path.isEmpty else {
            throw .address("\(base)/\(path.prefix(200))", reason: "a path that leaves the archive")
        }
        return "\(address)/\(Self.encoded(path))"
    }

    /// The addresses as they may be shown: `debian=http://host/debian`.
    package var shown: [String] {
        let named = bases.sorted { $0.key < $1.key }.map { "\($0.key)=\((try? WebAddress($0.value))?.shown ?? "?")" }
        return named + (root.map { ["*=\((try? WebAddress($0))?.shown ?? "?")"] } ?? [])
    }

    /// Leaves what a Debian file name may hold (Policy 5.6.12: also `+`, `~`, `:`), encodes the rest.
    private static func encoded(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "~"),
                UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: ","):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                text += "%" + (hex.count < 2 ? "0" : "") + hex
            }
        }
        return text
    }
}
