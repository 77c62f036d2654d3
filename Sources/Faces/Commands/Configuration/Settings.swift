// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation

/// What a command knows before it starts: options over `ashlar.yaml` over defaults. Read once, checked once.
struct Settings: Sendable {
    var catalog: String
    var store: String
    var keys: String
    /// `mirror:` of ashlar.yaml; nil takes ASHLAR_MIRROR or the machine's apt sources.
    var mirror: String?
    /// Accepted staleness: archive -> reason.
    var allowStale: [String: String] = [:]
    /// Folder of the C sources of the helpers.
    var helpers: String
    /// `log-origin:` of ashlar.yaml: the name a new log gets.
    var logOrigin: String?
    /// The socket of a signer that runs already; nil starts one with each build.
    var signer: String?
    /// The user whose process the signer may be, beside root and one's own.
    var signerUser: String
    /// Where the image key is when not in the keys folder: a file, or the `pkcs11:` URI of a key in a token.
    var key: String?
    /// Whether images get signatures in the Notary Project's format as well.
    var notation = false

    static let fileName = "ashlar.yaml"

    init(_ options: GlobalOptions, environment: [String: String]) throws {
        var file: [String: String] = [:]
        if let data = FileManager.default.contents(atPath: Self.fileName) { file = try Self.parse(String(decoding: data, as: UTF8.self)) }
        catalog = options.catalog ?? file["catalog"] ?? "catalog"
        store = options.store ?? environment["ASHLAR_STORE"] ?? file["store"] ?? ".ashlar"
        keys = options.keys ?? environment["ASHLAR_KEYS"] ?? file["keys"] ?? ".ashlar-keys"
        mirror = file["mirror"]
        helpers = file["helpers"] ?? "helpers"
        logOrigin = file["log-origin"]
        signer = environment["ASHLAR_SIGNER"] ?? file["signer"]
        signerUser = environment["ASHLAR_SIGNER_USER"] ?? file["signer-user"] ?? SignerDoor.userName
        key = environment["ASHLAR_KEY"] ?? file["key"]
        notation = file["notation"] == "true"
    }

    var keyFile: String { key ?? keys + "/cosign.key" }
    var publicKeyFile: String { keys + "/cosign.pub" }
    var logKeyFile: String { keys + "/log.key" }
    var logPublicKeyFile: String { keys + "/log.pub" }
    /// The certificates of the image key, for Notation.
    var certificateFile: String { keys + "/notation.crt" }
    /// Whether the image key is in a PKCS#11 token.
    var keyIsInToken: Bool { key?.hasPrefix("pkcs11:") == true }

    // The file holds a handful of `key: value` lines; anything more would want the recipe loader's positions.
    static func parse(_ text: String) throws -> [String: String] {
        let known = ["catalog", "store", "keys", "mirror", "helpers", "log-origin", "signer", "signer-user", "key", "notation"]
        var values: [String: String] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
            if content.isEmpty { continue }
            guard let colon = content.firstIndex(of: ":"), case let key = String(content[..<colon]), known.contains(key) else {
                let key = content.split(separator: ":").first.map(String.init) ?? content
                let hint = Spelling.nearest(to: key, among: known).map { "; did you mean `\($0)`?" } ?? ""
                throw CommandError.badSettings(line: number + 1, found: content + hint, expected: known)
            }
            let value = content[content.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            if key == "notation", !["true", "false"].contains(value) {
                throw CommandError.badSettings(line: number + 1, found: content, expected: ["notation: true", "notation: false"])
            }
            values[key] = value.trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
        }
        return values
    }

    static let template = """
        # Where this catalog keeps its things. Every line is optional; these are the defaults.
        catalog: catalog          # recipes, locks, profiles, suites: text for git
        store: .ashlar            # blobs and records
        keys: .ashlar-keys        # signing keys, mode 0600; back them up
        # mirror: http://mirror.example   # a Debian mirror; the machine's apt sources by default
        # log-origin: log.example.org     # the name of a new transparency log: a host name that is yours
        # signer: /run/ashlar-signer/signer.sock   # a signer that runs by itself; by default each build starts one
        # notation: true          # signatures in the Notary Project's format as well; see ashlar keys certificate
        # key: pkcs11:token=ashlar;object=image?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/secure/pin

        """
}
