// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import Pipeline
import Records

struct CascadeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cascade", abstract: "Lists images that stand on releases of this catalog which newer ones have replaced.",
        discussion: """
            Images that were pushed to this registry are found by their layers, whoever built them. For each: the release beneath it, what
            the newest one fixes by what the ledger knows, and the command that gives it the newest base, or every reason why that would
            not be safe. Images in other registries and layouts are named with --also. Nothing is changed.

            Exit codes: 0 listed · 66 no such image · 69 a registry does not answer · 77 with --fail when an image is not current

            Example: ashlar cascade
                     ashlar cascade python:3.13 --format json
                     ashlar cascade --also registry.example/shop/api:2.1 --also oci:build/app
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Images of the catalog as NAME or NAME:STREAM: only what stands on these.") var images: [String] = []
    @Flag(help: "Images that stand on the newest release as well.") var all = false
    @Option(help: "An image elsewhere: HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE[:TAG]. May be given more than once.")
    var also: [String] = []
    @Option(
        help: "A public key that the bases may be signed by, besides the catalog's own; may be given more than once.", completion: .file())
    var key: [String] = []
    @Flag(help: "End with 77 when an image does not stand on the newest release.") var fail = false
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let room = try RebaseRoom(Settings(options, environment: environment), environment: environment, keys: key)
            let reporter = CascadeReporter(desk: room.desk, blobs: room.blobs, records: room.records)
            let bases = try images.map { name -> (repository: String, stream: String?) in
                let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
                let releases = try room.records.latestReleases(in: parts[0])
                guard releases.contains(where: { parts.count == 1 || $0.stream == parts[1] }) else {
                    throw try Published.unknown(name, in: room.records)
                }
                return (parts[0], parts.count > 1 ? parts[1] : nil)
            }
            var entries = also.isEmpty || !images.isEmpty || all ? try await reporter.pushed(on: bases) : []
            for reference in also {
                entries.append(try await room.open(reference) { try await reporter.entry($0, from: $1) })
            }
            let shown = all ? entries : entries.filter { $0.state != .current || also.contains($0.image) }
            switch format {
            case .table: print(CascadeText(entries: shown, hidden: entries.count - shown.count).text)
            case .json: print(String(decoding: try CanonicalJSON.encodePretty(shown), as: UTF8.self), terminator: "")
            }
            let behind = entries.filter { $0.state != .current }
            if fail, !behind.isEmpty { throw CascadeRefusal(images: behind.map(\.image)) }
        }
    }
}

/// Images that stand on something older.
struct CascadeRefusal: Diagnosable {
    let images: [String]
    var diagnosis: Diagnosis {
        Diagnosis(
            "cascade.behind", .policy, "\(images.count) image\(images.count == 1 ? " does" : "s do") not stand on the newest release",
            remedy: "see `ashlar cascade`, which says what to do about each", notes: Array(images.prefix(50)))
    }
}

/// The list for people.
struct CascadeText {
    let entries: [CascadeEntry]
    /// Images that stand on the newest release and are not listed.
    let hidden: Int

    var text: String {
        guard !entries.isEmpty else {
            return hidden == 0
                ? "no image that was pushed here stands on a release of this catalog"
                : "\(hidden) image\(hidden == 1 ? " stands" : "s stand") on the newest release of what is beneath"
        }
        var table = Table(header: ["IMAGE", "STANDS ON", "NEWEST", "FIXES", "REBASE"])
        table.rows = entries.map { entry in
            [entry.image, entry.base ?? "none of ours", entry.newest ?? "", Self.fixes(entry), Self.verdict(entry)]
        }
        var lines = [table.text]
        for entry in entries {
            var details: [String] = []
            if let fixed = entry.fixed, !fixed.isEmpty {
                details.append("  fixes  " + Self.list(fixed))
            }
            if let introduced = entry.introduced, !introduced.isEmpty { details.append("  brings  " + Self.list(introduced)) }
            details += entry.findings.map { "  \($0.weight == .refusal ? "NO" : "note")  " + $0.text }
            var seen: Set<String> = []
            details += entry.findings.filter { $0.weight == .refusal }.map(\.remedy).filter { seen.insert($0).inserted }.map {
                "  fix  " + $0
            }
            if let command = entry.command { details.append("  run  " + command) }
            if !details.isEmpty { lines += ["", Terminal.clean(entry.image)] + details.map(Terminal.clean) }
        }
        return lines.joined(separator: "\n")
    }

    private static func fixes(_ entry: CascadeEntry) -> String {
        guard entry.state != .current, entry.base != nil else { return "" }
        guard let fixed = entry.fixed else { return "not assessed" }
        let serious = fixed.count { $0.severity == .critical || $0.severity == .high }
        return "\(fixed.count)" + (serious > 0 ? ", \(serious) high or critical" : "")
    }

    private static func verdict(_ entry: CascadeEntry) -> String {
        switch entry.state {
        case .current: "current"
        case .safe: "safe"
        case .refused: "not safe"
        case .foreign: "not ours"
        case .unreadable: "cannot be read"
        }
    }

    private static func list(_ entries: [FindingChanges.Entry]) -> String {
        let names = entries.map(\.advisory)
        return names.prefix(12).joined(separator: " ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    }
}
