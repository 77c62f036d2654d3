// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Assess
import Base
import Foundation
import Pipeline
import Records

struct FindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Says which images hold something: a flaw, a package, a file, a licence.",
        discussion: """
            Looks in every release of the catalog, those too whose place newer ones have taken. An advisory is held against what the images
            hold and the feeds of today, so that what was published long ago is found by what became known since.

            Looks like an advisory: CVE-, GHSA-, MAL-, PYSEC-, GO-. A path begins with a slash and may be a pattern; 64 hexadecimal digits are
            the SHA-256 of a file; anything else is a binary or source package, with bounds such as openssl<3.5.1-1 or glibc>=2.41,<2.42, or a
            package URL. --as says what it is when it looks otherwise. A source of which a package holds a copy (Built-Using,
            Static-Built-Using: hardly anything else is in programs of Go) is found as well, and said to be a copy.

            Exit codes: 0 looked, found or not · 69 no feed at hand knows the advisory, or releases could not be looked into

            Example: ashlar find CVE-2026-0001
                     ashlar find 'openssl<3.5.1-1+deb13u1'
                     ashlar find /usr/bin/perl
                     ashlar find GPL-3.0-only --as license
                     ashlar find --malicious
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "What to look for.") var term: String?
    @Flag(help: "Every package that a MAL- record calls malicious.") var malicious = false
    @Option(name: .customLong("as"), help: "advisory, package, path, file or license.") var kind: String?
    @Flag(help: "Only releases that are current.") var current = false
    @Option(help: "table or json.") var format = OutputFormat.table

    func validate() throws {
        guard (term == nil) == malicious else { throw ValidationError("expected one thing to look for, or --malicious") }
        if let kind, FindQuery.Kind(rawValue: kind) == nil {
            throw ValidationError("--as: expected \(FindQuery.Kind.allCases.map(\.rawValue).joined(separator: ", ")), found `\(kind)`")
        }
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let query = try term.map { try FindQuery($0, as: kind.flatMap { FindQuery.Kind(rawValue: $0) }) } ?? .malicious
            let unseen = try await Self.catalogue(settings, environment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let advisories = FeedDoor.shelf(settings).open()
            let answer = try ImageFinder(records: records, advisories: advisories).find(query)
            let isOfFeeds =
                switch query {
                case .advisory, .malicious: true
                default: false
                }
            let text = FoundText(
                answer: answer, feeds: isOfFeeds ? advisories.feeds.filter { AdvisoryFeeds.all.contains($0.name) } : [], unseen: unseen,
                rows: try Self.rows(answer, records, onlyCurrent: current), images: try records.indexedImages().count)
            switch format {
            case .json: print(String(decoding: text.json.prettyBytes, as: UTF8.self), terminator: "")
            case .table: print(text.table)
            }
            guard unseen.isEmpty else { throw FindRefusal.unseen(unseen) }
        }
    }

    /// Looks into releases that were published before anybody kept what images hold. Gives those into which nobody can look.
    static func catalogue(_ settings: Settings, _ environment: [String: String]) async throws -> [String] {
        let reader = try RecordStore(folder: settings.store, access: .readOnly)
        let known = try reader.indexedImages()
        var seen = known
        let missing = try reader.releases().filter { seen.insert(HeldImage(repository: $0.repository, image: $0.index)).inserted }
        guard !missing.isEmpty else { return [] }
        let records = try RecordStore(folder: settings.store)
        let desk = ReleaseDesk(settings: settings, environment: environment, keyFile: nil, mirror: nil)
        let progress = Progress()
        var unseen: [String] = []
        for release in missing {
            let name = "\(release.repository):\(release.buildTag)"
            progress.update("\(name)  looking into it")
            do {
                let contents = try await desk.open("\(release.repository)@\(release.index)") { opened in
                    try await ReleaseCataloguer(opened.evidence, in: opened.repository).contents(release, shelf: opened.shelf)
                }
                try records.index([contents])
            } catch let error as any Diagnosable { unseen.append("\(name): \(error.diagnosis.summary)") }
        }
        progress.say("\(missing.count - unseen.count) release\(missing.count - unseen.count == 1 ? "" : "s") made findable")
        return unseen
    }

    private static func rows(_ answer: ImageFinder.Answer, _ records: RecordStore, onlyCurrent: Bool) throws -> [FoundText.Row] {
        let holders = Dictionary(grouping: try records.holders(answer.holders), by: \.number)
        let current = Set(try records.latestReleases().map(\.index))
        let releases = Dictionary(grouping: try records.releases()) { HeldImage(repository: $0.repository, image: $0.index) }
        var rows: [FoundText.Row] = []
        for match in answer.matches {
            for holder in match.holders.flatMap({ holders[$0] ?? [] }) where !onlyCurrent || current.contains(holder.image) {
                // What nobody published yet is nobody's image.
                for release in releases[HeldImage(repository: holder.repository, image: holder.image)] ?? [] {
                    rows.append(
                        FoundText.Row(
                            image: "\(release.repository):\(release.stream)", build: release.buildTag,
                            isCurrent: current.contains(holder.image), holder: holder, match: match))
                }
            }
        }
        return rows.sorted {
            ($0.image, $0.build, $0.holder.number, $0.match.what, $0.match.why)
                < ($1.image, $1.build, $1.holder.number, $1.match.what, $1.match.why)
        }
    }
}

/// Why a search does not say everything.
enum FindRefusal: Diagnosable {
    case unseen([String])
    var diagnosis: Diagnosis {
        switch self {
        case .unseen(let reasons):
            Diagnosis(
                "find.unseen", .unavailable, "\(reasons.count) release\(reasons.count == 1 ? "" : "s") could not be looked into",
                remedy: "see what is the matter with them: `ashlar verify`, `ashlar store check`", notes: Array(reasons.prefix(50)))
        }
    }
}

/// What was found, for people and for programs, with what may be missing.
struct FoundText {
    struct Row {
        var image: String
        var build: String
        var isCurrent: Bool
        var holder: Holder
        var match: ImageFinder.Match
    }
    let answer: ImageFinder.Answer
    let feeds: [FeedFacts]
    let unseen: [String]
    let rows: [Row]
    /// How many were looked into.
    let images: Int

    var table: String {
        var table = Table(header: ["IMAGE", "BUILD", "STATE", "PLATFORM", "WHAT", "WHY", "FIX", "DIGEST"])
        table.rows = rows.map { row in
            [
                row.image, row.build, row.isCurrent ? "current" : "superseded", row.holder.platform, row.match.what,
                (row.match.isMalicious ? "MALICIOUS " : "") + (row.match.isUnclear ? "UNCLEAR " : "") + Self.short(row.match.why),
                row.match.fix ?? "-",
                row.holder.image.description,
            ]
        }
        let found = found
        var lines = rows.isEmpty ? [] : [table.text]
        lines.append("\(found) of \(images) images")
        if !answer.aliases.isEmpty { lines.append(Terminal.clean("looked for as well: \(answer.aliases.joined(separator: ", "))")) }
        if !feeds.isEmpty { lines.append("data       " + Terminal.clean(feeds.map(AdvisoryFeeds.line).joined(separator: ", "))) }
        if feeds.contains(where: { $0.state != .current }) {
            lines.append("  ! a feed that is not current may hide others: \(found) is a lower bound")
        }
        lines += unseen.map { Terminal.clean("  ! not looked into: \($0)") }
        return lines.joined(separator: "\n")
    }

    private var found: Int { Set(rows.map { HeldImage(repository: $0.holder.repository, image: $0.holder.image) }).count }

    // Licences of a package can fill a page; JSON has them in full.
    private static func short(_ text: String) -> String { text.count > 110 ? String(text.prefix(109)) + "…" : text }

    var json: JSON {
        [
            "images": JSON(images), "found": JSON(found), "aliases": JSON(answer.aliases),
            "isLowerBound": .bool(!unseen.isEmpty || feeds.contains { $0.state != .current }), "unseen": JSON(unseen),
            "feeds": .array(feeds.compactMap { try? CanonicalJSON.value(of: $0) }),
            "matches": .array(
                rows.map { row in
                    [
                        "image": JSON(row.image), "build": JSON(row.build), "isCurrent": .bool(row.isCurrent),
                        "platform": JSON(row.holder.platform), "digest": JSON(row.holder.image.description),
                        "manifest": JSON(row.holder.manifest.description), "what": JSON(row.match.what), "why": JSON(row.match.why),
                        "fix": row.match.fix.map { JSON($0) } ?? .null, "feed": row.match.feed.map { JSON($0) } ?? .null,
                        "copyIn": row.match.carrier.map { JSON($0) } ?? .null,
                        "isMalicious": .bool(row.match.isMalicious), "isUnclear": .bool(row.match.isUnclear),
                    ]
                }),
        ]
    }
}
