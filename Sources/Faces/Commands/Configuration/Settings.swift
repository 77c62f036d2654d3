// SPDX-License-Identifier: Apache-2.0
import Artifacts
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

    /// `serve:` of ashlar.yaml.
    var serve = ServeConfiguration()

    static let fileName = "ashlar.yaml"

    init(_ options: GlobalOptions, environment: [String: String]) throws {
        var file: [String: String] = [:]
        if let data = FileManager.default.contents(atPath: Self.fileName) {
            let text = ConfigurationFile(String(decoding: data, as: UTF8.self), file: Self.fileName)
            file = try Self.parse(text.plain)
            serve = try text.serve()
        }
        catalog = options.catalog ?? file["catalog"] ?? "catalog"
        store = options.store ?? environment["ASHLAR_STORE"] ?? file["store"] ?? ".ashlar"
        keys = options.keys ?? environment["ASHLAR_KEYS"] ?? file["keys"] ?? ".ashlar-keys"
        mirror = file["mirror"]
        helpers = file["helpers"] ?? "helpers"
    }

    var keyFile: String { keys + "/cosign.key" }
    var publicKeyFile: String { keys + "/cosign.pub" }

    // Everything but the block `serve:`, which `ConfigurationFile` reads, is `key: value` lines.
    static func parse(_ text: String) throws -> [String: String] {
        let known = ["catalog", "store", "keys", "mirror", "helpers"]
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
        # serve:                  # the server: TLS, who may pull and push, limits; see docs/configuration.md

        """
}
