// SPDX-License-Identifier: Apache-2.0
package import Base
package import SBOM

/// What is to be told of some images: what is wrong with each, from what data, and what the gate says.
package struct Report: Sendable {
    package var toolVersion: String
    package var created: Timestamp
    package var images: [ReportedImage]
    /// What the gate says of its own file, and of no image.
    package var remarks: [ReportedVerdict.Reason] = []
    package init(toolVersion: String, created: Timestamp, images: [ReportedImage]) {
        self.toolVersion = toolVersion
        self.created = created
        self.images = images
    }
    static let tool = "ashlar"
}

package enum ReportedSeverity: String, Hashable, Sendable, CaseIterable { case critical, high, medium, low, negligible, unknown }

package enum ReportedCertainty: String, Hashable, Sendable {
    case complete
    case atLeast = "at-least"
    case unknown
}

package struct ReportedImage: Sendable {
    /// `python:3.13`.
    package var name: String
    package var digest: String?
    package var assessed: Timestamp
    package var purl: PackageURL?
    /// Every number as it may be told, with what it counts.
    package var numbers: [(title: String, text: String)] = []
    /// The three numbers in one line: `at least 3 / 2 / 2, data incomplete since 2026-11-20`.
    package var headline = ""
    package var certainty = ReportedCertainty.unknown
    package var doubts: [String] = []
    /// More is asked of the data than it is.
    package var isDataRefused = false
    /// Each feed in one line: `the Debian security tracker: snapshot of 2025-02-12, 650 days old`.
    package var feeds: [String] = []
    package var findings: [ReportedFinding] = []
    /// What could not be judged, one line each.
    package var unseen: [String] = []
    package var support: [String] = []
    /// A file whose lines say what is in the image: the lock.
    package var file: String?
    package var operatingSystem = "unknown"
    package var verdict: ReportedVerdict?

    package init(name: String, digest: String?, assessed: Timestamp) {
        self.name = name
        self.digest = digest
        self.assessed = assessed
    }
}

package struct ReportedFinding: Sendable {
    package enum Status: String, Sendable { case affected, undetermined, malicious }
    /// How it stands to what is too much.
    package enum Standing: String, Sendable, CaseIterable {
        case below, answered, reached
        /// Nobody rated it: it counts.
        case unrated
        case unratedAllowed = "unrated-allowed"
    }
    package struct Package: Sendable {
        package var name: String
        package var version: String
        package var purl: PackageURL?
        /// Its line in the image's file.
        package var line: Int?
        package var locations: [String] = []
        package init(name: String, version: String, purl: PackageURL? = nil, line: Int? = nil, locations: [String] = []) {
            self.name = name
            self.version = version
            self.purl = purl
            self.line = line
            self.locations = locations
        }
    }
    /// What a statement says about it.
    package struct Answer: Sendable {
        package var status: String
        package var justification: String?
        package var source: String
        package var settles: Bool
        package init(status: String, justification: String?, source: String, settles: Bool) {
            self.status = status
            self.justification = justification
            self.source = source
            self.settles = settles
        }
    }
    package var id: String
    package var aliases: [String] = []
    package var source: String
    package var sourceVersion: String
    package var ecosystem: String
    package var isCopy = false
    package var packages: [Package] = []
    package var platforms: [String] = []
    package var status = Status.affected
    package var range = ""
    package var fix: String?
    package var fixIsInArchive: Bool?
    package var severity = ReportedSeverity.unknown
    package var severityOrigin = ""
    package var scoreTenths: Int?
    package var vector: String?
    package var triage: String?
    package var note: String?
    package var summary = ""
    /// The feed's title with its day.
    package var feed = ""
    package var modified: String?
    /// `act`, `attend`, `track`.
    package var action = ""
    /// `exploitation: active since 2026-10-01 (the KEV catalog)`.
    package var inputs: [String] = []
    package var exploitedSince: String?
    /// In hundred-thousandths.
    package var probability: Int?
    package var answer: Answer?
    /// Nil where nothing is too much.
    package var standing: Standing?
    package init(id: String, source: String, sourceVersion: String, ecosystem: String) {
        self.id = id
        self.source = source
        self.sourceVersion = sourceVersion
        self.ecosystem = ecosystem
    }

    var isMuted: Bool { answer?.settles == true }

    /// Names of its packages, each once: platforms share them.
    var packageNames: [String] {
        var seen: Set<String> = []
        return packages.map(\.name).filter { seen.insert($0).inserted }
    }

    /// Where people read about it; nil for names that lead nowhere known.
    static func address(of id: String) -> String? {
        guard id.utf8.count <= 100, id.utf8.allSatisfy({ isNameByte($0) }) else { return nil }
        if id.hasPrefix("CVE-") || id.hasPrefix("TEMP-") || id.hasPrefix("DSA-") || id.hasPrefix("DLA-") {
            return "https://security-tracker.debian.org/tracker/\(id)"
        }
        return id.contains("-") ? "https://osv.dev/vulnerability/\(id)" : nil
    }
    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
    }

    /// What to do about it, in one sentence.
    var solution: String {
        if status == .malicious { return "Remove \(source)." }
        guard let fix else { return "No version of \(source) without it is known." }
        return "Take \(source) \(fix)" + (fixIsInArchive == false ? ", which the archive does not have yet." : ".")
    }
}

/// What the gate decided.
package struct ReportedVerdict: Sendable {
    package struct Reason: Sendable {
        package var rule: String
        package var isRefusal: Bool
        /// It says that something could not be seen, and not that something bad was.
        package var isDoubt: Bool
        package var summary: String
        package var setting: String
        package var inputs: [String]
        package var remedy: String
        package init(
            rule: String, isRefusal: Bool, isDoubt: Bool, summary: String, setting: String, inputs: [String], remedy: String
        ) {
            self.rule = rule
            self.isRefusal = isRefusal
            self.isDoubt = isDoubt
            self.summary = summary
            self.setting = setting
            self.inputs = inputs
            self.remedy = remedy
        }
    }
    package var isRefused: Bool
    package var policy: String
    /// Names of the rules that were asked, with what each asks.
    package var rules: [(name: String, summary: String)]
    package var reasons: [Reason]
    /// What exceptions covered, one line each.
    package var excused: [String]
    package init(
        isRefused: Bool, policy: String, rules: [(name: String, summary: String)], reasons: [Reason], excused: [String]
    ) {
        self.isRefused = isRefused
        self.policy = policy
        self.rules = rules
        self.reasons = reasons
        self.excused = excused
    }
}
