// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import Ecosystems
import Inspect
import Testing

private let now = Timestamp(seconds: 1_795_000_000)

/// Fresh feeds that know one flaw of Debian and one of PyPI.
private func advisories() throws -> AdvisorySet {
    func row(_ advisory: String, _ urgency: String) -> String {
        #"{"\#(advisory)": {"releases": {"bookworm": {"status": "open", "urgency": "\#(urgency)"}}}}"#
    }
    let tracker = #"{"glibc": \#(row("CVE-2026-1", "high")), "golang-x": \#(row("CVE-2026-2", "low"))}"#
    var builder = OSVIndexBuilder(ecosystem: "PyPI")
    let record = #"{"id":"GHSA-1","affected":[{"package":{"ecosystem":"PyPI","name":"pyyaml"},"versions":["5.0"]}]}"#
    try builder.append(record: Array(record.utf8), named: "a")
    let feeds = ["debian", "epss", "kev", "osv-pypi"].map { name in
        var facts = FeedFacts(name: name, title: name)
        facts.state = .current
        facts.date = now
        return facts
    }
    return AdvisorySet(
        tracker: try TrackerIndex(TrackerIndexBuilder.build(Array(tracker.utf8))), ecosystems: ["PyPI": try OSVIndex(builder.finish())],
        feeds: feeds)
}

private let debian = TarMaker.Entry.file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\n")
private let libc = "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+b1\nArchitecture: amd64\nSource: glibc (2.36-9)\n"

private func assess(_ layers: [[TarMaker.Entry]], limits: InspectionLimits = InspectionLimits()) throws -> Assessment {
    Assessor().assess(try TarMaker.inventory(layers, limits: limits), against: try advisories(), now: now)
}

/// `ashlar assess` on what somebody else made.
@Suite struct AnyImageTests {
    @Test func `Debian's packages are matched by source in the release that the image says it is`() throws {
        let assessment = try assess([[debian, .file("var/lib/dpkg/status", libc)]])
        #expect(assessment.headline == "1 / 1 / 1")
        let finding = try #require(assessment.platforms[0].findings.first)
        #expect(finding.source == SourceVersion(name: "glibc", version: "2.36-9"))
        #expect(finding.packages.map(\.name) == ["libc6"])
        #expect(assessment.platforms[0].unread == [])
    }

    @Test func `packages of images without a package manager count too, with what they were built with`() throws {
        let status = "Package: tool\nVersion: 1\nArchitecture: amd64\nStatic-Built-Using: golang-x (= 0.1-1)\n"
        let release = TarMaker.Entry.file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\nPRETTY_NAME=Distroless\n")
        let assessment = try assess([[release, .file("var/lib/dpkg/status.d/tool", status), .file("var/lib/dpkg/status.d/libc6", libc)]])
        #expect(assessment.platforms[0].findings.map(\.advisory) == ["CVE-2026-1", "CVE-2026-2"])
        #expect(assessment.platforms[0].findings.last?.path == .builtUsing)
        #expect(assessment.completeness.level == .complete)
    }

    @Test func `a language's package counts unless it is a system package's own`() throws {
        let metadata = "Name: PyYAML\nVersion: 5.0\n"
        let own: [TarMaker.Entry] = [
            debian, .file("var/lib/dpkg/status", libc), .file("usr/lib/python3/dist-packages/yaml.dist-info/METADATA", metadata),
        ]
        let stray = try assess([own])
        #expect(stray.platforms[0].findings.map(\.advisory) == ["CVE-2026-1", "GHSA-1"])
        #expect(stray.platforms[0].findings.last?.packages.first?.locations == ["/usr/lib/python3/dist-packages/yaml.dist-info/METADATA"])
        let list = "/usr/lib/python3/dist-packages/yaml.dist-info/METADATA\n"
        #expect(try assess([own + [.file("var/lib/dpkg/info/libc6:amd64.list", list)]]).counts.all.total == 1)
        // A list of a package that is not there hides nothing.
        #expect(try assess([own + [.file("var/lib/dpkg/info/ghost.list", list)]]).counts.all.total == 2)
    }

    @Test(arguments: [
        ("ID=alpine\nVERSION_ID=3.20.3\n", "lib/apk/db/installed", "P:musl\nV:1.2.5-r0\nA:x86_64\n\n", "Alpine:3.20.3"),
        ("ID=ubuntu\nVERSION_ID=\"24.04\"\n", "var/lib/dpkg/status", libc, "Ubuntu:24.04"),
        ("ID=npm\nVERSION_ID=1\n", "var/lib/dpkg/status", libc, "the distribution npm:1"),
        ("ID=debian\nVERSION_ID=12\n", "lib/apk/db/installed", "P:musl\nV:1.2.5-r0\nA:x86_64\n\n", "packages of apk"),
        ("", "var/lib/dpkg/status", libc, "has no release without a name"),
        ("ID=debian\nVERSION_ID=9\n", "var/lib/dpkg/status", libc, "has no release stretch"),
    ])
    func `a distribution that no feed speaks of is unknown, whatever else was found`(
        release: String, path: String, database: String, reason: String
    ) throws {
        let system: [TarMaker.Entry] = [.file("etc/os-release", release), .file(path, database)]
        let alone = try assess([system])
        #expect(alone.headline == "unknown")
        #expect(alone.completeness.reasons.contains { $0.contains(reason) && $0.contains("1 package was not judged") })
        let mixed = try assess([system + [.file("site/yaml.dist-info/METADATA", "Name: PyYAML\nVersion: 5.0\n")]])
        #expect(mixed.completeness.level == .unknown)
        #expect(mixed.headline == "unknown, of which seen 1 / 1 / 1")
    }

    @Test func `a damaged database of packages is said beside the numbers and never clean`() throws {
        let broken = try assess([[debian, .file("var/lib/dpkg/status", "\u{0}\u{1}garbage\n\nmore garbage")]])
        #expect(broken.headline == "unknown")
        #expect(broken.completeness.reasons.contains { $0.contains("/var/lib/dpkg/status") })
        let half = try assess([[debian, .file("var/lib/dpkg/status", libc + "\nPackage: \nVersion\n")]])
        #expect(half.headline.hasPrefix("at least 1 / 1 / 1"))
        #expect(half.platforms[0].unread?.count == 1)
        for path in ["var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages"] {
            let rpm = try assess([[debian, .file(path, "SQLite format 3\u{0}" + String(repeating: "junk", count: 2000))]])
            #expect(rpm.headline == "unknown")
            #expect(rpm.platforms[0].unread?.first?.path == path)
        }
        // A database that is fine beside one that is not: more may be in the image than was seen.
        let both = try assess([[debian, .file("var/lib/dpkg/status", libc), .file("var/lib/rpm/rpmdb.sqlite", "junk")]])
        #expect(both.completeness.level == .atLeast)
    }

    @Test func `an image that whites out everything is unknown, and so is one without packages`() throws {
        let gone = try assess([[debian, .file("var/lib/dpkg/status", libc)], [.file(".wh..wh..opq", ""), .file("app")]])
        #expect(gone.headline == "unknown")
        #expect(gone.completeness.reasons.contains("no packages were found in it"))
        #expect(try assess([[]]).headline == "unknown")
        let status = try assess([[debian, .file("var/lib/dpkg/status", libc)], [.file("var/lib/dpkg/.wh.status", "")]])
        #expect(status.headline == "unknown", "taking away what tells of packages takes away no flaw")
    }

    @Test func `loops, paths that lead out and folders too deep make numbers lower bounds`() throws {
        let image: [TarMaker.Entry] = [
            debian, .file("var/lib/dpkg/status", libc), .link("a", "b"), .link("b", "a"), .file("a/x"),
            .file("../../etc/os-release", "ID=alpine\n"),
            .file(Array(repeating: "d", count: 300).joined(separator: "/")),
        ]
        let assessment = try assess([image])
        #expect(assessment.headline.hasPrefix("at least 1 / 1 / 1"))
        #expect(assessment.platforms[0].unread?.count == 3)
    }

    @Test func `more that could not be read than anybody wants to see is bounded`() throws {
        let image = [debian, .file("var/lib/dpkg/status", libc)] + (0..<500).map { TarMaker.Entry.file("../\($0)") }
        let assessment = try assess([image], limits: InspectionLimits(unread: 20))
        #expect((assessment.platforms[0].unread?.count ?? 0) <= 22)
        #expect(assessment.completeness.level == .atLeast)
    }

    @Test func `an assessment of any image is canonical, whatever the order of its files`() throws {
        let files: [TarMaker.Entry] = [
            debian, .file("var/lib/dpkg/status", libc), .file("a/yaml.dist-info/METADATA", "Name: PyYAML\nVersion: 5.0\n"),
            .file("b/yaml.dist-info/METADATA", "Name: PyYAML\nVersion: 5.0\n"),
        ]
        let bytes = try CanonicalJSON.encode(try assess([files]))
        #expect(bytes == (try CanonicalJSON.encode(try assess([files.reversed()]))))
        let read = try CanonicalJSON.decode(Assessment.self, from: bytes)
        #expect(read.platforms[0].findings.last?.packages.first?.locations.count == 2)
    }

    @Test func `a comparison says what of known flaws goes, comes and stays`() throws {
        let pip: [TarMaker.Entry] = [.file("site/yaml.dist-info/METADATA", "Name: PyYAML\nVersion: 5.0\n")]
        let old = try TarMaker.inventory([[debian, .file("var/lib/dpkg/status", libc)] + pip])
        let new = try TarMaker.inventory([[debian] + pip])
        let set = try advisories()
        func changes(_ a: ForeignInventory, _ b: ForeignInventory) -> FindingChanges {
            FindingChanges(
                from: Assessor().assess(a, against: set, now: now), to: Assessor().assess(b, against: set, now: now),
                feeds: ["debian", "osv-pypi"])
        }
        let found = changes(old, new)
        #expect(found.removed.map(\.advisory) == ["CVE-2026-1"])
        #expect(found.added.isEmpty)
        #expect(found.unchanged == 1)
        #expect(found[row: "all"]?.reduction == 500)
        #expect(found[row: "high"].map { [$0.from, $0.to] } == [1, 0])
        #expect(found.feeds.map(\.name) == ["debian", "osv-pypi"])
        #expect(found.asOf == now.dateText)
        // Nobody can say by how much it becomes less when one side is dark.
        let alpine = try TarMaker.inventory([
            [.file("etc/os-release", "ID=alpine\nVERSION_ID=3\n"), .file("lib/apk/db/installed", "P:musl\nV:1\nA:x\n\n")]
        ])
        #expect(changes(old, alpine)[row: "all"]?.reduction == nil)
        #expect(changes(old, alpine).to.headline == "unknown")
    }
}
