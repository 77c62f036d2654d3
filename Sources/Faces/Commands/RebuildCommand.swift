// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Attest
import Base
import Blobs
import Foundation
import Ledger
import OCI
import Pipeline
import Records
import Sigstore

struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Builds a published image again from its own inputs and compares every byte.",
        discussion: """
            NAME:STREAM looks into the store, HOST/NAME:TAG into a registry. The lock, the recipe, the signed indexes and every .deb
            come from the release's source artifact; each is verified again. The verdict is identical, identical-content (another
            version of the compressor packed the same files) or different, down to the first byte. Exit codes: 0 for the first two,
            76 when it is different.

            Example: ashlar rebuild python:3.13
                     ashlar rebuild python:3.13 --sign --key rebuilder.key --attach
                     ashlar rebuild https://registry.example/python:3.13 --verify-key cosign.pub --format json
                     ashlar rebuild python:3.13 --accept colleague.bundle.json --rebuilder-key colleague.pub
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "NAME:STREAM, or HOST/NAME:TAG with http:// in front when there is no TLS.") var reference: String
    @Option(help: "The public key of whoever published it; the catalog's own by default.", completion: .file()) var verifyKey: String?
    @Option(help: "Where inputs are had from that the release does not bring: a mirror, or a snapshot with {base} in its address.")
    var mirror: String?
    @Flag(help: "Compile the helpers by the release's own build script although this folder has another.") var trustHelpers = false
    @Flag(help: "Sign the verdict unless it is different.") var sign = false
    @Option(help: "The rebuilder's private key: ECDSA P-256, mode 0600. Its passphrase is ASHLAR_KEY_PASSPHRASE.", completion: .file())
    var key: String?
    @Option(help: "Who rebuilt it, as a URI.") var rebuilder = Reproduction.verifier
    @Flag(help: "Attach the signed verdict to the release in the store.") var attach = false
    @Option(help: "Write the signed verdict to this file, as a Sigstore bundle.", completion: .file()) var bundle: String?
    @Option(help: "Do not rebuild, but attach the verdict that somebody else signed.", completion: .file()) var accept: String?
    @Option(help: "The public key of that somebody.", completion: .file()) var rebuilderKey: String?
    @Option(help: "table or json.") var format = OutputFormat.table
    @Flag(help: "Print how long each step took.") var timings = false

    func validate() throws {
        if sign, key == nil { throw ValidationError("--sign needs --key FILE, the rebuilder's own key") }
        if attach || bundle != nil, !sign, accept == nil { throw ValidationError("--attach and --bundle need --sign") }
        if (accept == nil) != (rebuilderKey == nil) { throw ValidationError("--accept FILE and --rebuilder-key FILE belong together") }
        if attach || accept != nil, reference.contains("/") {
            throw ValidationError("only a release of the own store can be attached to; write a --bundle and send it to its owner")
        }
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let desk = ReleaseDesk(settings: settings, environment: environment, keyFile: verifyKey, mirror: mirror)
            let command = self
            try await interruptible {
                try await desk.open(command.reference) { opened in
                    if let file = command.accept { return try await command.accept(file, opened, settings) }
                    try await command.rebuild(opened, settings, environment)
                }
            }
        }
    }

    private func rebuild(_ opened: OpenedRelease, _ settings: Settings, _ environment: [String: String]) async throws {
        // Before the work, not after it.
        let signer = try sign ? key.map { try Keys.signer($0, passphrase: environment["ASHLAR_KEY_PASSPHRASE"]) } : nil
        let toolbox = Workshop.toolbox(environment)
        let cache = FlowCache(folder: CacheFolder(store: settings.store))
        let rebuilder = Rebuilder(
            toolbox: toolbox, helpers: trustHelpers ? .released : .own(opened.helpers), ownCatalog: opened.catalog,
            program: try ProgramDigest.digest(cache: cache), parallelism: max(1, ProcessInfo.processInfo.activeProcessorCount))
        let stopwatch = Stopwatch()
        let report = try await rebuilder.rebuild(opened.evidence, in: opened.repository, inputs: opened.shelf, stopwatch: stopwatch)
        var outcome = report.json.object ?? [:]
        if let signer, let signed = try await Reproduction.sign(report, as: self.rebuilder, by: signer, at: Workshop.now()) {
            if let bundle { try Files.write(signed.bundle.json.canonicalText + "\n", to: bundle, mode: 0o644) }
            if attach { try await Self.attach(signed, opened, settings) }
            outcome["signed"] = ["key": JSON(signed.key.fingerprint.description), "properties": JSON(signed.properties)]
        }
        if format == .json {
            print(String(decoding: JSON.object(outcome).prettyBytes, as: UTF8.self), terminator: "")
        } else {
            print(RebuildText.lines(report, signedBy: outcome["signed"]?["key"]?.string, isAttached: attach).joined(separator: "\n"))
        }
        if timings { for lap in stopwatch.all { print("\(reference)\t\(lap.stage)\t\(lap.duration / .microseconds(1)) µs") } }
        if report.verdict == .different { throw ExitCode(Failure.exitCode(.untrusted)) }
    }

    private func accept(_ file: String, _ opened: OpenedRelease, _ settings: Settings) async throws {
        guard let keyData = rebuilderKey.flatMap({ FileManager.default.contents(atPath: $0) }) else {
            throw CommandError.keyMissing(rebuilderKey ?? "")
        }
        guard let data = FileManager.default.contents(atPath: file), data.count <= 1 << 20 else {
            throw InputError.unusableStatement(reasons: ["\(file) cannot be read, or has over a megabyte"])
        }
        let foreign = try VerificationKey(pem: String(decoding: keyData, as: UTF8.self))
        let signed = try Reproduction(reading: Array(data), about: opened.evidence.index.digest, key: foreign)
        try await Self.attach(signed, opened, settings)
        print("attached to \(reference): \(signed.properties.joined(separator: ", ")) by the key \(signed.key.fingerprint)")
    }

    // Only what this catalog stands for is entered into its log: the words of rebuilders that it trusts.
    private static func attach(_ signed: Reproduction, _ opened: OpenedRelease, _ settings: Settings) async throws {
        guard let release = opened.release else { return }
        let isTrusted = try TrustedRebuilders(settings).contains(signed.key)
        if !isTrusted {
            Progress().say(
                "the key \(signed.key.fingerprint) is of no rebuilder that is trusted here: attached, but neither logged nor counted")
        }
        let door = SignerDoor(settings, environment: ProcessInfo.processInfo.environment)
        defer { door.close() }
        try await StoreLock.whileHeld(store: settings.store) {
            var signed = signed
            if isTrusted, let key = try LogKeys.published(settings) {
                let log = try await FileLog(folder: LogFolder(settings.logFolder), key: key, signer: door.signer())
                signed = try await signed.logged(in: log)
            }
            let blobs = try FileBlobStore(folder: settings.store)
            let records = try RecordStore(folder: settings.store)
            let (contents, publication) = try signed.publication(about: opened.evidence.index.descriptor, in: release.repository)
            for content in contents { try blobs.write(content.bytes) }
            try records.apply(publication)
        }
    }
}

/// A report for people.
enum RebuildText {
    static func lines(_ report: RebuildReport, signedBy key: String?, isAttached: Bool) -> [String] {
        var lines = report.checked.map { "checked  \($0)" } + report.notes.map { "note     \($0)" }
        for platform in report.platforms {
            lines.append("\(platform.verdict.rawValue)  \(platform.platform)  \(platform.expected)")
            if platform.expected != platform.found { lines.append("  rebuilt as \(platform.found)") }
        }
        for difference in report.differences {
            lines.append("differs  \(difference.platform), \(difference.place)\(difference.path.map { ", /" + $0 } ?? "")")
            if let owner = difference.owner { lines.append("  of         \(owner)") }
            lines += ["  what       \(difference.field)", "  published  \(difference.expected)", "  rebuilt    \(difference.found)"]
            if !difference.others.isEmpty {
                let shown = difference.others.prefix(10).map { "/" + $0 }.joined(separator: " ")
                lines.append("  and        \(difference.others.count) more: \(shown)\(difference.others.count > 10 ? " …" : "")")
            }
        }
        lines.append("\(report.verdict.rawValue)  \(report.reference)  \(report.expected)")
        if report.expected != report.found { lines.append("  rebuilt as \(report.found)") }
        if let key { lines.append("signed by the key \(key)\(isAttached ? ", attached to the release" : "")") }
        return lines.map(Terminal.clean)
    }
}
