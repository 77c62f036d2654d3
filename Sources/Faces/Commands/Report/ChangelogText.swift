// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// A changelog of builds for people.
struct ChangelogText {
    let changelog: BuildChangelog
    private static let limit = 20

    /// A title with its items, of each of which a terminal shows the first.
    private struct Section {
        var title: String
        var items: [String]
        /// What is said where there are none.
        var none: String?
    }

    /// Platforms with the same changes share their sections.
    private var groups: [(platforms: [String], sections: [Section], notes: [String])] {
        var groups: [(platforms: [String], sections: [Section], notes: [String])] = []
        for platform in changelog.platforms {
            let (sections, notes) = (Self.sections(platform), platform.notes)
            let texts = sections.flatMap { [$0.title] + $0.items } + notes
            if let same = groups.firstIndex(where: { $0.sections.flatMap { [$0.title] + $0.items } + $0.notes == texts }) {
                groups[same].platforms.append(platform.platform)
            } else {
                groups.append(([platform.platform], sections, notes))
            }
        }
        return groups
    }

    private static func sections(_ platform: BuildChangelog.Platform) -> [Section] {
        switch platform.presence {
        case .added: return [Section(title: "only the later build has it", items: [])]
        case .removed: return [Section(title: "only the earlier build has it", items: [])]
        case .both: break
        }
        var sections: [Section] = []
        if let packages = platform.packages {
            sections.append(Section(title: "packages: \(counts(packages))", items: packages.map(move)))
        } else {
            sections.append(Section(title: "packages: not known", items: []))
        }
        sections.append(
            Section(
                title: "configuration: \(platform.settings.isEmpty ? "the same" : "\(platform.settings.count) changed")",
                items: platform.settings.map { "\($0.name): \($0.from ?? "not set") → \($0.to ?? "not set")" }))
        sections.append(
            Section(
                title: "sizes",
                items: platform.sizes.map {
                    "\($0.title): \(CompareWords.value($0.from, $0)) → \(CompareWords.value($0.to, $0)) (\(CompareWords.change($0)))"
                }))
        if let files = platform.files {
            sections.append(
                Section(
                    title:
                        "files: \(files.removed.count) go, \(files.added.count) come, \(files.changed.count) change, \(files.unchanged) stay",
                    items: files.removed.map { "- /\($0)" } + files.added.map { "+ /\($0)" } + files.changed.map { "~ /\($0)" }))
        } else {
            sections.append(Section(title: "files: not compared", items: []))
        }
        return sections
    }

    private static func counts(_ moves: [BuildChangelog.PackageMove]) -> String {
        let counts = BuildChangelog.PackageMove.Kind.allCases.compactMap { kind in
            let count = moves.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(kind.rawValue)"
        }
        return counts.isEmpty ? "the same" : counts.joined(separator: ", ")
    }

    static func move(_ move: BuildChangelog.PackageMove) -> String {
        let place = move.archive.map { ", \($0)" } ?? ""
        return switch move.kind {
        case .added: "+ \(move.name) \(move.to ?? "")\(place)"
        case .removed: "- \(move.name) \(move.from ?? "")"
        case .upgraded: "^ \(move.name) \(move.from ?? "") → \(move.to ?? "")\(place)"
        case .downgraded: "v \(move.name) \(move.from ?? "") → \(move.to ?? "")\(place): a lower version"
        case .replaced: "! \(move.name) \(move.to ?? "")\(place): the same version with other bytes"
        case .moved: "~ \(move.name) \(move.to ?? "")\(place): from another place"
        }
    }

    private var findings: [Section] {
        guard let findings = changelog.findings else { return [Section(title: changelog.findingsNote, items: [])] }
        return [
            Section(title: "findings fixed: \(findings.removed.count)", items: findings.removed.map(CompareWords.entry)),
            Section(title: "findings introduced: \(findings.added.count)", items: findings.added.map(CompareWords.entry)),
            Section(title: "findings that stay: \(findings.unchanged)", items: []),
        ]
    }

    private static func side(_ side: BuildChangelog.Side) -> String {
        "\(side.tag)  \(side.digest)  published \(side.published.moment.map(ClockText.short) ?? "not known: \(side.published.unknown ?? "")")"
    }

    var table: String {
        var lines = [changelog.image, "from  \(Self.side(changelog.from))", "to    \(Self.side(changelog.to))"]
        func write(_ section: Section) {
            lines.append(section.title)
            lines += section.items.prefix(Self.limit).map { "  \($0)" }
            if section.items.count > Self.limit { lines.append("  and \(section.items.count - Self.limit) more; --format json has all") }
        }
        lines.append("")
        for section in findings { write(section) }
        lines.append("  ! \(changelog.findingsNote)")
        if let findings = changelog.findings { lines += CompareWords.reserves(findings).map { "  ! \($0)" } }
        for group in groups {
            lines += ["", group.platforms.joined(separator: ", ")]
            for section in group.sections { write(section) }
            lines += group.notes.prefix(Self.limit).map { "  ! \($0)" }
        }
        return lines.map(Terminal.clean).joined(separator: "\n")
    }

    var markdown: String {
        var lines = [
            "# \(CompareMarkdown.plain(changelog.image)): from \(CompareMarkdown.code(changelog.from.tag)) to \(CompareMarkdown.code(changelog.to.tag))",
            "",
        ]
        lines += SLOText.table(
            ["", "from", "to"],
            [
                ["Digest", CompareMarkdown.code(changelog.from.digest), CompareMarkdown.code(changelog.to.digest)],
                ["Published"] + [changelog.from, changelog.to].map { CompareMarkdown.plain(ClockText.step($0.published)) },
            ])
        func write(_ section: Section) {
            lines += ["", "**\(CompareMarkdown.plain(section.title))**", ""]
            lines += section.items.prefix(200).map { "- \(CompareMarkdown.code($0))" }
            if section.items.count > 200 { lines.append("- and \(section.items.count - 200) more") }
        }
        lines += ["", "## Findings"]
        for section in findings { write(section) }
        lines += ["", "> \(CompareMarkdown.plain(changelog.findingsNote))"]
        for group in groups {
            lines += ["", "## \(group.platforms.map(CompareMarkdown.plain).joined(separator: ", "))"]
            for section in group.sections { write(section) }
            for note in group.notes.prefix(200) { lines += ["", "> \(CompareMarkdown.plain(note))"] }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
