// SPDX-License-Identifier: Apache-2.0
import Artifacts
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
    /// Accepted staleness: archive, or `lock` -> reason. `allow-stale:` of ashlar.yaml, one line for each; options go before it.
    var allowStale: [String: String]
    /// Folder of the C sources of the helpers.
    var helpers: String
    /// Folder of the dated snapshot of the feeds that came with the program.
    var feeds: String
    /// `log-origin:` of ashlar.yaml: the name a new log gets.
    var logOrigin: String?
    /// Who publishes the images, and where they say more.
    var imprint: Imprint
    /// The socket of a signer that runs already; nil starts one with each build.
    var signer: String?
    /// The user whose process the signer may be, beside root and one's own.
    var signerUser: String
    /// Where the image key is when not in the keys folder: a file, or the `pkcs11:` URI of a key in a token.
    var key: String?
    /// Whether images get signatures in the Notary Project's format as well.
    var notation = false
    /// What kind of machine builds, as its operator says; provenance names it.
    var builder: BuilderKind
    /// Whether images are published although this machine cannot enforce every limit of the sandbox.
    var allowMissingLimits = false

    /// `serve:` of ashlar.yaml.
    var serve = ServeConfiguration()
    /// `notify:` of ashlar.yaml; nil when nobody is to be told anything.
    var notify: NotifyConfiguration?
    /// `warn-before:` of ashlar.yaml, in seconds: how long before the end of a support it is warned of.
    var warnBefore: Int
    /// `watch:` of ashlar.yaml.
    var watch = WatchConfiguration()

    static let fileName = "ashlar.yaml"

    init(_ options: GlobalOptions, environment: [String: String]) throws {
        var file: [String: String] = [:]
        if let data = FileManager.default.contents(atPath: Self.fileName) {
            let text = ConfigurationFile(String(decoding: data, as: UTF8.self), file: Self.fileName)
            file = try Self.parse(text.plain)
            serve = try text.serve()
            notify = try text.notify()
            watch = try text.watch()
        }
        catalog = options.catalog ?? file["catalog"] ?? "catalog"
        store = options.store ?? environment["ASHLAR_STORE"] ?? file["store"] ?? ".ashlar"
        keys = options.keys ?? environment["ASHLAR_KEYS"] ?? file["keys"] ?? ".ashlar-keys"
        mirror = file["mirror"]
        allowStale = try StaleOption.parse((file["allow-stale"] ?? "").split(separator: "\n").map(String.init))
        helpers = file["helpers"] ?? "helpers"
        feeds = file["feeds"] ?? "feeds"
        logOrigin = file["log-origin"]
        imprint = Imprint(producer: file["producer"], source: file["source"], url: file["url"], documentation: file["documentation"])
        signer = environment["ASHLAR_SIGNER"] ?? file["signer"]
        signerUser = environment["ASHLAR_SIGNER_USER"] ?? file["signer-user"] ?? SignerDoor.userName
        key = environment["ASHLAR_KEY"] ?? file["key"]
        notation = file["notation"] == "true"
        let kind = environment["ASHLAR_BUILDER"] ?? file["builder"] ?? BuilderKind.workstation.rawValue
        guard let builder = BuilderKind(rawValue: kind) else { throw CommandError.badBuilder(kind) }
        self.builder = builder
        warnBefore = try Age.seconds(file["warn-before"] ?? "90d")
        allowMissingLimits = (environment["ASHLAR_ALLOW_MISSING_LIMITS"] ?? file["allow-missing-limits"]) == "true"
    }

    var keyFile: String { key ?? keys + "/cosign.key" }
    var publicKeyFile: String { keys + "/cosign.pub" }
    var logKeyFile: String { keys + "/log.key" }
    /// One line: the log's name and key.
    var logPublicKeyFile: String { keys + "/log.pub" }
    /// Lines of `VKEY ADDRESS`.
    var witnessesFile: String { keys + "/witnesses" }
    /// Public keys of rebuilders whose word counts here.
    var rebuildersFolder: String { keys + "/rebuilders" }
    var logFolder: String { store + "/log" }

    /// The certificates of the image key, for Notation.
    var certificateFile: String { keys + "/notation.crt" }
    /// Whether the image key is in a PKCS#11 token.
    var keyIsInToken: Bool { key?.hasPrefix("pkcs11:") == true }

    static let known = [
        "catalog", "store", "keys", "mirror", "allow-stale", "helpers", "log-origin", "producer", "source", "url", "documentation",
        "signer", "signer-user", "key", "notation", "builder", "allow-missing-limits", "feeds", "warn-before",
    ]

    // Everything but the blocks, which `ConfigurationFile` reads, is `key: value` lines.
    static func parse(_ text: String) throws -> [String: String] {
        var values: [String: String] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = withoutComment(line).trimmingCharacters(in: .whitespaces)
            if content.isEmpty { continue }
            guard let colon = content.firstIndex(of: ":"), case let key = String(content[..<colon]), known.contains(key) else {
                let key = content.split(separator: ":").first.map(String.init) ?? content
                let nearest = Spelling.nearest(to: key, among: known + ConfigurationFile.blockNames).map { "did you mean `\($0)`?" }
                throw CommandError.badSettings(
                    line: number + 1, column: column(line, 0), found: content, expected: "a key with its value",
                    fix: nearest
                        ?? "write one of \((known + ConfigurationFile.blockNames).joined(separator: ", ")); docs/configuration.md explains them"
                )
            }
            let value = content[content.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            let bare = value.trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
            if let expected = expectation(of: key, notMetBy: bare) {
                throw CommandError.badSettings(
                    line: number + 1, column: column(line, key.utf8.count + 1), found: bare, expected: expected,
                    fix: "correct the value of \(key), or remove the line")
            }
            values[key] = values[key].flatMap { key == "allow-stale" ? $0 + "\n" + bare : nil } ?? bare
        }
        return values
    }

    // Counted from 1: where the first word after so many bytes of content begins.
    private static func column(_ line: Substring, _ skipped: Int) -> Int {
        let indent = line.prefix(while: \.isWhitespace).utf8.count
        let rest = line.utf8.dropFirst(indent + skipped)
        return indent + skipped + rest.prefix { $0 == 0x20 || $0 == 0x09 }.count + 1
    }

    // In YAML a comment begins after white space: an address may hold the same character.
    private static func withoutComment(_ line: Substring) -> Substring {
        var last: Character = " "
        return line.prefix { character in
            defer { last = character }
            return !(character == "#" && last.isWhitespace)
        }
    }

    // What goes into images and is signed is checked; whether a folder is there is found out when it is used.
    private static func expectation(of key: String, notMetBy value: String) -> String? {
        if ["notation", "allow-missing-limits"].contains(key) {
            return ["true", "false"].contains(value) ? nil : "\(key): true, or \(key): false"
        }
        if key == "warn-before" {
            return value.wholeMatch(of: /[0-9]{1,5}[dhms]/) == nil ? "a time such as 90d" : nil
        }
        let isAddress = ["source", "url", "documentation"].contains(key)
        guard isAddress || key == "producer" else { return nil }
        guard !value.isEmpty, value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }), value.utf8.count <= 1000 else {
            return "the \(key) in one line of at most 1000 bytes"
        }
        guard isAddress else { return nil }
        let rest = value.replacing("{image}", with: "").replacing("{stream}", with: "")
        // Who is let in by a name in front of the host is not for an image to tell.
        let isWhole = rest.hasPrefix("https://") && rest.count > 8 && !rest.contains(where: { "{}\"<> @".contains($0) })
        return isWhole ? nil : "an address that begins with https:// and has no other placeholder than {image} and {stream}"
    }

    static let template = """
        # Where this catalog keeps its things. Every line is optional; these are the defaults.
        catalog: catalog          # recipes, locks, profiles, suites: text for git
        store: .ashlar            # blobs and records
        keys: .ashlar-keys        # signing keys, mode 0600; back them up
        # allow-stale: trixie=a snapshot, pinned for the audit   # one line for each archive; recorded in the provenance
        # mirror: http://mirror.example   # a Debian mirror; the machine's apt sources by default
        # log-origin: log.example.org     # the name of a new transparency log: a host name that is yours
        # Who builds the images and answers for them: the author of their SBOMs and the vendor in their annotations.
        # producer: Example Bank, Platform Team
        # Where people find more; {image} and {stream} stand for those of an image.
        # source: https://git.example/platform/catalog
        # url: https://images.example/{image}
        # documentation: https://git.example/platform/catalog/images/{image}/overview.md
        # signer: /run/ashlar-signer/signer.sock   # a signer that runs by itself; by default each build starts one
        # notation: true          # signatures in the Notary Project's format as well; see ashlar keys certificate
        # key: pkcs11:token=ashlar;object=image?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/secure/pin
        # allow-missing-limits: true   # publish where the sandbox lacks limits (ashlar doctor); recorded with the results
        # builder: workstation   # or dedicated-host, kubernetes-job: see docs/builders.md before you promise one
        # feeds: feeds           # the folder of the dated snapshot of vulnerability data, for machines without a network
        # warn-before: 90d        # how long before the end of a support lists, pages and messages warn of it
        # notify:                 # who is told what: webhooks, Slack, mail; see docs/notify.md
        # serve:                  # the server: TLS, who may pull and push, limits; see docs/configuration.md
        # watch:                  # how often archives and feeds are asked; see docs/watch.md

        """
}
