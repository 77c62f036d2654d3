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
            advisory in one source package. With old or partial data the numbers are lower bounds; without a needed feed, or when part of
            the image is of a distribution that no feed speaks of, they are unknown.

            An image of the own store is judged by its lock, any other by what can be read in it (`ashlar inspect`); what could not be
            read stands beside the numbers. HOST/NAME:TAG is looked up in a registry, and kept in the ledger where there is a store (`ashlar
            history HOST/NAME:TAG`); oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, a .tar, dir:PATH and folders lie on a disk.

            Exit codes: 0 assessed · 65 damaged or not an image · 66 no such image · 69 with --require-complete when the data is not whole
            and fresh, or with --fail-on when nothing can be said · 77 with --fail-on when a finding calls for it, and for images made to
            exhaust who reads them. With --format junit, `--fail-on attend` holds when it is left out; its tests fail as the exit code says.

            Example: ashlar assess python:3.13
                     ashlar assess --all
                     ashlar assess docker.io/library/python:3.13 --platform linux/arm64
                     ashlar assess oci:build/app app.tar dir:/srv/root
                     ashlar assess python:3.13 --fail-on high --format sarif > python.sarif
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
    @Option(help: ReportFormat.help) var format = ReportFormat.table
    @Flag(help: "List what is only to be tracked as well; other formats than table list everything.") var full = false
    @Option(help: "End with 77 when a finding is at least so urgent or so bad: act, attend, track, critical, high, medium or low.")
    var failOn: String?
    @Option(help: "With --fail-on and a severity, what is done about findings that nobody rated: refuse or allow.")
    var unrated = FindingLimit.Unrated.refuse
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
        if let failOn, FindingLimit(failOn) == nil {
            let nearest = Spelling.nearest(to: failOn, among: FindingLimit.words).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError("--fail-on: expected one of \(FindingLimit.words.joined(separator: ", ")), found `\(failOn)`\(nearest)")
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
            let assessed: [Assessed]
            if let packages, let release {
                let advisories = shelf.open(AdvisorySet.feeds(about: [.debian(release)]))
                assessed = [(try assess(packages, release, advisories), nil, nil)]
            } else {
                assessed = try await assess(settings, environment, shelf)
            }
            let assessments = assessed.map(\.assessment)
            let report = Report(assessed, rule: rule, toolVersion: Version.text, now: Workshop.now())
            switch format {
            case .json: print(String(decoding: try CanonicalJSON.encodePretty(assessments), as: UTF8.self), terminator: "")
            case .table:
                if assessments.count == 1, let only = assessments.first {
                    print(AssessmentText(assessment: only, isFull: full).text)
                } else {
                    print(AssessmentText.overview(assessments))
                }
            default: print(format.text(report) ?? "", terminator: "")
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

    private typealias Assessed = (assessment: Assessment, verdict: GateVerdict?, lock: LockLines?)

    private func assess(_ settings: Settings, _ environment: [String: String], _ shelf: FeedShelf) async throws -> [Assessed] {
        let foreign = ForeignAssessment(
            inspection: ImageInspection(settings: settings, environment: environment, platform: platform), shelf: shelf)
        var assessed: [Assessed] = []
        var own: [AssessedRelease] = []
        func add(_ release: Release, _ desk: AssessDesk) async throws {
            let one = try await desk.assess(release)
            assessed.append((one.assessment, nil, one.lock))
            own.append(one)
        }
        // A machine without a store can look at images of others.
        var opened: AssessDesk?
        if all {
            let desk = try AssessDesk(settings, environment: environment, platform: platform)
            for release in try desk.releases(nil, superseded: superseded) { try await add(release, desk) }
            opened = desk
        }
        for name in images {
            guard case .image(.store) = try InspectTarget(name) else {
                assessed.append((try await foreign.assessment(of: name), nil, nil))
                continue
            }
            let desk = try opened ?? AssessDesk(settings, environment: environment, platform: platform)
            opened = desk
            for release in try desk.releases([name]) { try await add(release, desk) }
        }
        if let opened, !opened.judge.hasCatalog {
            if sign { throw AssessRefusal.noCatalog(settings.catalog) }
            if platform == nil, !own.isEmpty {
                Progress().say(
                    "not kept for list, show and history: there is no catalog at \(settings.catalog), so its VEX answers are unknown")
            }
        }
        if sign { try await ScanSigning(settings: settings, environment: environment).sign(own) }
        return assessed
    }

    /// What is too much; a test report without failing tests would say that nothing is.
    private var limit: String? { failOn ?? (format == .junit ? Decision.Action.attend.rawValue : nil) }
    private var rule: AssessmentRule {
        AssessmentRule(limit: limit.flatMap { FindingLimit($0, unrated: unrated) }, data: requireComplete ? .complete : .seen)
    }

    private func judge(_ assessments: [Assessment]) throws {
        if requireComplete { try refuse(assessments.filter(rule.refusesData)) }
        var told: [FindingLimit.Standing: Set<String>] = [:]
        for assessment in assessments {
            for (shared, standing) in rule.findings(of: assessment) {
                guard let standing else { continue }
                let finding = shared.finding
                told[standing, default: []].insert(
                    "\(assessment.subject): \(finding.advisory) in \(finding.source.name) \(finding.source.version), \(finding.severity.rawValue)"
                )
            }
        }
        func lines(_ standing: FindingLimit.Standing) -> [String] { told[standing, default: []].sorted() }
        let allowed = lines(.unratedAllowed)
        if !allowed.isEmpty {
            let more = allowed.count > 10 ? ", and \(allowed.count - 10) more" : ""
            Progress().say(
                Terminal.clean(
                    "let through by --unrated allow, although nobody rated \(allowed.count == 1 ? "it" : "them"): "
                        + allowed.prefix(10).joined(separator: "; ") + more))
        }
        if told.contains(where: { $0.key.fails && !$0.value.isEmpty }) {
            throw AssessRefusal.findings(lines(.reached), unrated: lines(.unrated), limit: limit ?? "")
        }
        try refuse(assessments.filter(rule.refusesData))
    }

    private func refuse(_ incomplete: [Assessment]) throws {
        guard !incomplete.isEmpty else { return }
        throw AssessRefusal.incomplete(incomplete.map { "\($0.subject): \($0.completeness.reasons.joined(separator: "; "))" })
    }
}

extension FindingLimit.Unrated: ExpressibleByArgument {}
