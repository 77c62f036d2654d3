// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Assess
import Base
import Foundation
import Pipeline
import Reports

struct AssessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assess", abstract: "Says what is known to be wrong with an image, and how much of it could not be seen.",
        discussion: """
            Three numbers, always: all findings, without what Debian calls unimportant, and what VEX leaves of those. A finding is one
            advisory in one source package. With old or partial data the numbers are lower bounds; without a needed feed they are unknown.
            docs/assess.md explains them and every format.

            Exit codes: 0 assessed · 69 with --require-complete when the data is not whole and fresh, or with --fail-on when nothing can
            be said · 77 with --fail-on when a finding calls for it

            Example: ashlar assess python:3.13
                     ashlar assess --all
                     ashlar assess python:3.13 --fail-on high --format sarif > python.sarif
                     ashlar assess --packages /var/lib/dpkg/status --release trixie
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Images as NAME:STREAM, NAME:TAG or NAME@DIGEST.") var images: [String] = []
    @Flag(help: "Every image that is current.") var all = false
    @Option(help: "A dpkg status file or a Packages file instead of an image.", completion: .file()) var packages: String?
    @Option(help: "The code name of its Debian release.") var release: String?
    @Option(help: ReportFormat.help) var format = ReportFormat.table
    @Flag(help: "List what is only to be tracked as well; other formats than table list everything.") var full = false
    @Option(help: "End with 77 when a finding is at least so urgent or so bad: act, attend, track, critical, high, medium or low.")
    var failOn: String?
    @Flag(help: "End with 69 unless the data is whole and fresh.") var requireComplete = false

    func validate() throws {
        guard all || !images.isEmpty || packages != nil else { throw ValidationError("expected image names, --all or --packages") }
        guard (packages == nil) == (release == nil) else {
            throw ValidationError("--packages needs --release, the code name of its Debian release")
        }
        if let failOn, AssessLimit(failOn) == nil {
            let nearest = Spelling.nearest(to: failOn, among: AssessLimit.words).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError("--fail-on: expected one of \(AssessLimit.words.joined(separator: ", ")), found `\(failOn)`\(nearest)")
        }
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            var assessed: [(assessment: Assessment, verdict: GateVerdict?, lock: LockLines?)] = []
            if let packages, let release {
                assessed = [(try assess(packages, release, FeedDoor.shelf(settings).open()), nil, nil)]
            } else {
                let desk = try AssessDesk(settings, environment: environment)
                for release in try desk.releases(all ? nil : images) {
                    let one = try await desk.assess(release)
                    assessed.append((one.assessment, nil, one.lock))
                }
            }
            let assessments = assessed.map(\.assessment)
            let report = Report(assessed, toolVersion: Version.text, now: Workshop.now())
            let limit = failOn.flatMap { AssessLimit($0) }
            switch format {
            case .json: print(String(decoding: try CanonicalJSON.encodePretty(assessments), as: UTF8.self), terminator: "")
            case .table:
                if assessments.count == 1, let only = assessments.first {
                    print(AssessmentText(assessment: only, isFull: full).text)
                } else {
                    print(AssessmentText.overview(assessments))
                }
            default: print(format.text(report, failing: limit?.failing ?? AssessLimit.failing) ?? "", terminator: "")
            }
            try judge(assessments, limit)
        }
    }

    private func assess(_ path: String, _ release: String, _ advisories: AdvisorySet) throws -> Assessment {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw FeedError.cannotRead(path: path, reason: "it is not there")
        }
        let components = try PackageList.components(Array(data), named: path, release: release)
        let platform = PlatformPackages(platform: "packages", manifest: nil, components: components)
        return Assessor().assess(
            AssessmentSubject(name: path, digest: nil, platforms: [platform]), against: advisories, now: Workshop.now())
    }

    private func judge(_ assessments: [Assessment], _ limit: AssessLimit?) throws {
        if requireComplete {
            let incomplete = assessments.filter { $0.completeness.level != .complete }
            guard incomplete.isEmpty else {
                throw AssessRefusal.incomplete(
                    incomplete.map { "\($0.subject): \($0.completeness.reasons.joined(separator: "; "))" })
            }
        }
        guard let limit, let failOn else { return }
        let findings = assessments.flatMap { assessment in
            assessment.platforms.flatMap(\.findings).filter(limit.isReached).map {
                "\(assessment.subject): \($0.advisory) in \($0.source.name) \($0.source.version), \($0.severity.rawValue)"
            }
        }
        let unique = Set(findings).sorted()
        if !unique.isEmpty { throw AssessRefusal.findings(unique, limit: failOn) }
        // What could not be seen may be just what is asked for.
        let unknown = assessments.filter { $0.completeness.level == .unknown }
        if !unknown.isEmpty {
            throw AssessRefusal.incomplete(unknown.map { "\($0.subject): \($0.completeness.reasons.joined(separator: "; "))" })
        }
    }
}
