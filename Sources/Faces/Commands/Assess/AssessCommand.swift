// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Assess
import Base
import Foundation
import Pipeline
import Records

struct AssessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assess", abstract: "Says what is known to be wrong with an image, and how much of it could not be seen.",
        discussion: """
            Three numbers, always: all findings, without what Debian calls unimportant, and what VEX leaves of those. A finding is one
            advisory in one source package. With old or partial data the numbers are lower bounds; without a needed feed, or when part of
            the image is of a distribution that no feed speaks of, they are unknown.

            An image of the own store is judged by its lock, any other by what can be read in it (`ashlar inspect`); what could not be
            read stands beside the numbers. HOST/NAME:TAG is looked up in a registry, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE,
            a .tar, dir:PATH and folders lie on a disk.

            Exit codes: 0 assessed · 65 damaged or not an image · 66 no such image · 69 with --require-complete when the data is not whole
            and fresh · 77 with --fail-on when a finding calls for it, and for images made to exhaust who reads them

            Example: ashlar assess python:3.13
                     ashlar assess --all
                     ashlar assess docker.io/library/python:3.13 --platform linux/arm64
                     ashlar assess oci:build/app app.tar dir:/srv/root
                     ashlar assess python:3.13 --fail-on act --format json
                     ashlar assess --all --sign
                     ashlar assess --packages /var/lib/dpkg/status --release trixie
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "NAME:STREAM, NAME:TAG, NAME@DIGEST, HOST/NAME:TAG, oci:DIR[:TAG], docker-archive:FILE, dir:PATH, or a path.")
    var images: [String] = []
    @Flag(help: "Every image that is current.") var all = false
    @Flag(help: "With --all: also releases whose place newer ones have taken.") var superseded = false
    @Option(help: "A dpkg status file or a Packages file instead of an image.", completion: .file()) var packages: String?
    @Option(help: "The code name of its Debian release.") var release: String?
    @Option(help: "The platform to look at, such as linux/arm64; all of an own image, this machine's of any other by default.")
    var platform: String?
    @Option(help: "table or json.") var format = OutputFormat.table
    @Flag(help: "List what is only to be tracked as well.") var full = false
    @Option(help: "End with 77 when something is to be done at least so urgently: act, attend or track.") var failOn: String?
    @Flag(help: "End with 69 unless the data is whole and fresh.") var requireComplete = false
    @Flag(help: "Sign what was found as a scan, beside the image. Only from whole and fresh data.") var sign = false

    func validate() throws {
        guard all || !images.isEmpty || packages != nil else { throw ValidationError("expected image names, --all or --packages") }
        guard all || !superseded else { throw ValidationError("--superseded needs --all") }
        guard (packages == nil) == (release == nil) else {
            throw ValidationError("--packages needs --release, the code name of its Debian release")
        }
        if sign, packages != nil || platform != nil || images.contains(where: { Self.isForeign($0) }) {
            throw ValidationError("--sign is for whole images of the store: NAME:STREAM, NAME:TAG or NAME@DIGEST, without --platform")
        }
        if let failOn, Decision.Action(rawValue: failOn) == nil {
            throw ValidationError("--fail-on: expected act, attend or track, found `\(failOn)`")
        }
    }

    private static func isForeign(_ name: String) -> Bool {
        guard case .image(.store) = try? InspectTarget(name) else { return true }
        return false
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let shelf = FeedDoor.shelf(settings)
            let assessments: [Assessment]
            if let packages, let release {
                assessments = [try assess(packages, release, shelf.open(AdvisorySet.feeds(about: [.debian(release)])))]
            } else {
                assessments = try await assess(settings, environment, shelf)
            }
            switch format {
            case .json: print(String(decoding: try CanonicalJSON.encodePretty(assessments), as: UTF8.self), terminator: "")
            case .table:
                if assessments.count == 1, let only = assessments.first {
                    print(AssessmentText(assessment: only, isFull: full).text)
                } else {
                    print(AssessmentText.overview(assessments))
                }
            }
            try judge(assessments)
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

    private func assess(_ settings: Settings, _ environment: [String: String], _ shelf: FeedShelf) async throws -> [Assessment] {
        let foreign = ForeignAssessment(
            inspection: ImageInspection(settings: settings, environment: environment, platform: platform), shelf: shelf)
        var assessments: [Assessment] = []
        var own: OwnAssessment?
        var scans: [AssessedRelease] = []
        if all { scans += try await OwnAssessment(settings, environment, shelf, platform: platform).everything(superseded: superseded) }
        assessments += scans.map(\.assessment)
        for name in images {
            guard case .image(.store) = try InspectTarget(name) else {
                assessments.append(try await foreign.assessment(of: name))
                continue
            }
            let desk = try own ?? OwnAssessment(settings, environment, shelf, platform: platform)
            own = desk
            let assessed = try await desk.assessment(of: name)
            assessments.append(assessed.assessment)
            scans.append(assessed)
        }
        if sign { try await ScanSigning(settings: settings, environment: environment).sign(scans) }
        return assessments
    }

    private func judge(_ assessments: [Assessment]) throws {
        if requireComplete {
            let incomplete = assessments.filter { $0.completeness.level != .complete }
            guard incomplete.isEmpty else {
                throw AssessRefusal.incomplete(
                    incomplete.map { "\($0.subject): \($0.completeness.reasons.joined(separator: "; "))" })
            }
        }
        guard let failOn, let limit = Decision.Action(rawValue: failOn) else { return }
        let urgent = Decision.Action.allCases.prefix { $0 != limit } + [limit]
        let findings = assessments.flatMap { assessment in
            assessment.platforms.flatMap(\.findings).filter {
                urgent.contains($0.decision.action) && $0.status != .undetermined && $0.answer?.settles != true
            }.map { "\(assessment.subject): \($0.advisory) in \($0.source.name) \($0.source.version)" }
        }
        let unique = Set(findings).sorted()
        if !unique.isEmpty { throw AssessRefusal.findings(unique, action: failOn) }
        // What could not be seen may be just what is asked for.
        let unknown = assessments.filter { $0.completeness.level == .unknown }
        if !unknown.isEmpty {
            throw AssessRefusal.incomplete(unknown.map { "\($0.subject): \($0.completeness.reasons.joined(separator: "; "))" })
        }
    }
}

/// Why an assessment ends with another exit code than 0.
enum AssessRefusal: Diagnosable {
    case findings([String], action: String)
    case incomplete([String])

    var diagnosis: Diagnosis {
        switch self {
        case .findings(let findings, let action):
            Diagnosis(
                "assess.findings", .policy, "\(findings.count) findings call for `\(action)` or more",
                remedy: "rebuild with the fixed packages where there are some: `ashlar resolve`, `ashlar build`",
                notes: Array(findings.prefix(50)))
        case .incomplete(let reasons):
            Diagnosis(
                "assess.incomplete", .unavailable, "the data of \(reasons.count) assessments is not whole and fresh",
                remedy: "run `ashlar feeds update`, or bring feeds in with `ashlar feeds import`", notes: reasons)
        }
    }
}
