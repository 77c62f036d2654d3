// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Records
import Transport

/// What ends in releases, as lists show it.
struct SupportEnds {
    private let records: RecordStore
    private let warnBefore: Int

    init(_ records: RecordStore, _ settings: Settings) {
        self.records = records
        warnBefore = settings.warnBefore
    }

    func of(_ release: Release) throws -> [SupportEnd] {
        release.supportEnds(try records.assessment(of: release.index)?.support ?? [], at: Workshop.now(), warnBefore: warnBefore)
    }
}

struct SupportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "support", abstract: "Says what in the published images is without support, or soon will be.",
        discussion: """
            By the dates of recipes, by endoflife.date as the last assessment saw it, and by the archive: a package that no index of its
            suite has any more gets no fixes. `warn-before:` of ashlar.yaml says how early it is warned of, 90d when left out. What is new
            becomes an event, once (docs/notify.md).

            Exit codes: 0 nothing is over · 77 something is

            Example: ashlar support --offline
            """)
    @OptionGroup var options: GlobalOptions
    @Flag(help: "Take the archive's indexes as they are in the store.") var offline = false
    @Flag(help: "Do not look at the archive at all.") var datesOnly = false
    @Option(help: "table or json.") var format = OutputFormat.table

    private struct Line {
        var image: String
        var stage: SupportEnd.Stage
        var text: String
        var source: String
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            _ = try RecordStore(folder: settings.store, access: .readOnly)
            let records = try RecordStore(folder: settings.store)
            let now = Workshop.now()
            let watch = SupportWatch(records: records, warnBefore: settings.warnBefore)
            var lines = try watch.ends(at: now).flatMap { release, ends in
                ends.map { Line(image: "\(release.repository):\(release.stream)", stage: $0.stage, text: $0.text, source: $0.source) }
            }
            try watch.tell(at: now)
            if !datesOnly { lines += try await dropped(watch, records, settings, environment, now) }
            switch format {
            case .json:
                let items = lines.map { line -> JSON in
                    [
                        "image": JSON(line.image), "stage": JSON(line.stage.rawValue), "text": JSON(line.text), "source": JSON(line.source),
                    ]
                }
                print(String(decoding: JSON.array(items).prettyBytes, as: UTF8.self), terminator: "")
            case .table:
                var table = Table(header: ["IMAGE", "SUPPORT", "WHAT", "SAID BY"])
                table.rows = lines.map { [$0.image, $0.stage == .over ? "OVER" : "ends soon", Terminal.clean($0.text), $0.source] }
                print(lines.isEmpty ? "everything published is supported" : table.text)
            }
            let over = lines.filter { $0.stage == .over }
            guard over.isEmpty else { throw SupportRefusal(over: over.map { "\($0.image): \($0.text)" }) }
        }
    }

    private func dropped(
        _ watch: SupportWatch, _ records: RecordStore, _ settings: Settings, _ environment: [String: String], _ now: Timestamp
    ) async throws -> [Line] {
        let workshop = try Workshop(settings, environment: environment)
        let blobs = try workshop.blobs()
        let desk = ReleaseDesk(settings: settings, environment: environment, keyFile: nil, mirror: nil)
        let suites = try workshop.loader.catalog().suites
        return try await LiveTransport.with(try Network.settings(environment)) { transport in
            let loader = workshop.indexLoader(
                blobs: blobs, records: records, transport: transport, mirror: offline ? nil : try workshop.mirror(),
                reach: offline ? .storeOnly : .network)
            var indexes: [String: ArchiveIndexes] = [:]
            var lines: [Line] = []
            for release in try records.latestReleases() {
                guard let recipe = try? workshop.loader.recipe("\(release.repository):\(release.stream)"),
                    let suite = suites.first(where: { $0.name == recipe.suite })
                else {
                    Progress().say("\(release.repository):\(release.stream) is not in this catalog: its packages were not looked up")
                    continue
                }
                let lock = try await desk.open("\(release.repository)@\(release.index)") { opened in
                    guard let digest = opened.evidence.lock else {
                        throw InputError.missing("the lock", digest: release.lock, hasMirror: false)
                    }
                    return try CanonicalJSON.decode(
                        Lock.self, from: try await opened.shelf.bytes(digest, limit: 8 << 20, title: "the lock").0)
                }
                if indexes[suite.name] == nil {
                    indexes[suite.name] = try await loader.load(suite, platforms: release.platforms.map(\.platform))
                }
                guard let known = indexes[suite.name] else { continue }
                let packages = SupportWatch.dropped(from: lock, in: known)
                try watch.tell(ofDropped: packages, suite: suite.name, in: release, at: now)
                lines += packages.map {
                    Line(
                        image: "\(release.repository):\(release.stream)", stage: .over,
                        text: "\($0) is in no index of \(suite.name) any more", source: "the archive")
                }
            }
            return lines
        }
    }
}

/// Something that was published has no support any more.
struct SupportRefusal: Diagnosable {
    let over: [String]

    var diagnosis: Diagnosis {
        Diagnosis(
            "support.over", .policy, "expected supported software in every published image, found \(over.count) that is not",
            remedy: "move the recipes to releases that are supported, or revoke the images (ashlar revoke)", notes: Array(over.prefix(50)))
    }
}
