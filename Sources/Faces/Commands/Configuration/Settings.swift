// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Pipeline

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
    /// What kind of machine builds, as its operator says; provenance names it.
    var builder: BuilderKind

    static let fileName = "ashlar.yaml"

    init(_ options: GlobalOptions, environment: [String: String]) throws {
        var file: [String: String] = [:]
        if let data = FileManager.default.contents(atPath: Self.fileName) { file = try Self.parse(String(decoding: data, as: UTF8.self)) }
        catalog = options.catalog ?? file["catalog"] ?? "catalog"
        store = options.store ?? environment["ASHLAR_STORE"] ?? file["store"] ?? ".ashlar"
        keys = options.keys ?? environment["ASHLAR_KEYS"] ?? file["keys"] ?? ".ashlar-keys"
        mirror = file["mirror"]
        helpers = file["helpers"] ?? "helpers"
        let kind = environment["ASHLAR_BUILDER"] ?? file["builder"] ?? BuilderKind.workstation.rawValue
        guard let builder = BuilderKind(rawValue: kind) else { throw CommandError.badBuilder(kind) }
        self.builder = builder
    }

    var keyFile: String { keys + "/cosign.key" }
    var publicKeyFile: String { keys + "/cosign.pub" }

    // The file holds a handful of `key: value` lines; anything more would want the recipe loader's positions.
    static func parse(_ text: String) throws -> [String: String] {
        let known = ["catalog", "store", "keys", "mirror", "helpers", "builder"]
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
        # builder: workstation   # or dedicated-host, kubernetes-job: see docs/builders.md before you promise one

        """
}
