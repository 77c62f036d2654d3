// SPDX-License-Identifier: Apache-2.0
import Base
import Debian
import VEX

/// The keys of a file of `vex/`.
enum TriageShape {
    /// A statement before its file's folder was considered.
    struct Draft: Sendable {
        var place = Place(file: "")
        var vulnerability = ""
        var aliases: [String] = []
        var images: Located<[Located<String>]>?
        var streams: Located<[Located<String>]>?
        var package = TriagePackage(name: .binary(""), versions: .range(from: nil, before: nil))
        var status = ""
        var justification: String?
        var impact: String?
        var action: String?
        var notes: String?
        var evidence: [TriageEvidence] = []
        var author = ""
        var timestamp = Timestamp(seconds: 0)
        var expires = Timestamp(seconds: 0)
    }

    private struct File: Sendable {
        var statements: [Draft] = []
    }

    static let file = RecordShape<File>(
        name: "triage", title: "a triage file",
        keys: [
            .required(
                "statements", \.statements,
                .list(of: located, named: "a list of statements", minimum: 1),
                "What is known about vulnerabilities in packages of the catalog.")
        ], empty: { File() }
    ).shape.map(\.statements)

    private static let located: Shape<Draft> = statement.shape.located.map { read in
        var draft = read.value
        draft.place = read.place
        return draft
    }

    private static let justifications = VEXJustification.allCases.map(\.rawValue)

    private static let statement = RecordShape<Draft>(
        name: "statement", title: "a statement",
        keys: [
            .required("vulnerability", \.vulnerability, .text(.vulnerability), "The vulnerability as advisories name it: CVE-2025-1234."),
            .optional(
                "aliases", \.aliases, .list(of: .text(.vulnerability), named: "a list of vulnerabilities", unique: ("alias", { $0 })),
                "Other names of the same vulnerability: DSA-6000-1, GHSA-…"),
            .optional(
                "images", \.images,
                Shape<[Located<String>]>.list(of: Shape.text(.imageName).located, named: "a list of images", minimum: 1).located,
                "In vex/ of the catalog: the images that are meant. Left out: every image with the package."),
            .optional(
                "streams", \.streams,
                Shape<[Located<String>]>.list(of: Shape.text(.streamName).located, named: "a list of streams", minimum: 1).located,
                "In vex/ of an image: its streams and variants that are meant, such as 3.13 or 3.13-dev. Left out: all."),
            .required("package", \.package, package, "The package that the vulnerability is reported in."),
            .required("status", \.status, .choice("status", VEXStatus.allCases.map(\.rawValue)), "What the vulnerability means there."),
            .optional(
                "justification", \.justification, .choice("justification", justifications), "Why it is not_affected: one of OpenVEX's five."
            ),
            .optional("impact", \.impact, .text(.reason), "Why it has no impact, for readers; with not_affected."),
            .optional("action", \.action, .text(.reason), "What users of the image should do; demanded with affected."),
            .optional("notes", \.notes, .text(.reason), "How it was found out, for readers."),
            .optional(
                "evidence", \.evidence, .list(of: evidence, named: "a list of evidence", minimum: 1),
                "Why the statement is true. What a machine can prove is proved at every build."),
            .required("author", \.author, .text(.line), "Who says so: Name <address>."),
            .required("timestamp", \.timestamp, .moment, "When it was said: a day, or a time such as 2026-11-20T09:00:00Z."),
            .required("expires", \.expires, .moment, "From when on it no longer counts and has to be looked at again."),
        ], empty: { Draft() }, check: check)

    // MARK: - Packages

    private struct PackageDraft: Sendable {
        var source: String?
        var binary: String?
        var version: String?
        var versions: TriageVersions?
        var binaries: [String] = []

        var finished: TriagePackage {
            TriagePackage(
                name: source.map { .source($0) } ?? .binary(binary ?? ""),
                versions: version.map { .exactly([$0]) } ?? versions ?? .range(from: nil, before: nil), binaries: binaries)
        }
    }

    private static let package: Shape<TriagePackage> = RecordShape<PackageDraft>(
        name: "triagePackage", title: "a package of a statement",
        keys: [
            .optional("source", \.source, .text(.packageName), "The source package, with all binaries made from it."),
            .optional("binary", \.binary, .text(.packageName), "One binary package."),
            .optional("version", \.version, .debianVersion, "One exact version: of the source, or of the binary."),
            .optional("versions", \.versions, versions, "Several exact versions, or a range."),
            .optional(
                "binaries", \.binaries,
                .list(of: .text(.packageName), named: "a list of packages", minimum: 1, unique: ("package", { $0 })),
                "With source: the only binaries of it that the statement may meet; another one fails the build."),
        ], empty: { PackageDraft() },
        check: { draft, node, reader in
            if (draft.source == nil) == (draft.binary == nil) {
                reader.report(
                    .contradiction(
                        node.place, expected: "either source or binary", found: draft.source == nil ? "neither" : "both",
                        fix: "write source with the source package, or binary with one binary package"))
            }
            if (draft.version == nil) == (draft.versions == nil) {
                reader.report(
                    .contradiction(
                        node.place, expected: "either version or versions", found: draft.version == nil ? "neither" : "both",
                        fix: "write version: \"1.2-3\", or versions: {from: \"1.2-1\", before: \"1.2-9\"}"))
            }
            if draft.source == nil, !draft.binaries.isEmpty {
                reader.report(
                    .contradiction(node.place, expected: "binaries beside source", found: "it beside binary", fix: "remove binaries"))
            }
        }
    ).shape.map(\.finished)

    private struct RangeDraft: Sendable {
        var from: String?
        var before: String?
    }

    private static let versions: Shape<TriageVersions> = .either(
        Shape<[String]>.list(of: .debianVersion, named: "a list of versions", minimum: 1).map { .exactly($0) },
        RecordShape<RangeDraft>(
            name: "versionRange", title: "a range of versions",
            keys: [
                .optional("from", \.from, .debianVersion, "The first version that is meant."),
                .optional("before", \.before, .debianVersion, "The first version after it that is not."),
            ], empty: { RangeDraft() },
            check: { range, node, reader in
                if range.from == nil, range.before == nil {
                    reader.report(
                        .contradiction(
                            node.place, expected: "from, before or both", found: "neither",
                            fix: "write the first version: {from: \"1.2-1\"}"))
                } else if let from = range.from, let before = range.before, let a = try? DebianVersion(from),
                    let b = try? DebianVersion(before),
                    a >= b
                {
                    reader.report(
                        .contradiction(
                            node.place, expected: "a range with versions in it", found: "from \(from), before \(before)",
                            fix: "write the lower version as from"))
                }
            }
        ).shape.map { .range(from: $0.from, before: $0.before) })

    // MARK: - Evidence

    private struct Symbol: Sendable {
        var files = ""
        var name = ""
    }

    private static let symbol = RecordShape<Symbol>(
        name: "absentSymbol", title: "a symbol that is absent",
        keys: [
            .required("files", \.files, .text(.pathPattern), "The ELF files to look in, as a pattern: usr/lib/**/libssl.so.3."),
            .required("symbol", \.name, .text(.symbolName), "The symbol, as the dynamic symbol table would have it."),
        ], empty: { Symbol() })

    private static let evidence = Shape<TriageEvidence>.oneOf(
        "evidence",
        [
            .init("package-absent", Shape.text(.packageName).map { .packageAbsent($0) }, "No package of this name is in the image."),
            .init("path-absent", Shape.text(.pathPattern).map { .pathAbsent($0) }, "No path of the image matches the pattern."),
            .init(
                "library-unreachable", Shape.text(.libraryName).map { .libraryUnreachable($0) },
                "No program of the image loads this library, by its soname: libexpat.so.1."),
            .init(
                "symbol-absent", symbol.shape.map { .symbolAbsent(files: $0.files, symbol: $0.name) },
                "The dynamic symbol tables have no such symbol."),
            .init(
                "only-architectures",
                Shape<[String]>.list(of: .text(.architecture), named: "a list of architectures", minimum: 1).map { .onlyArchitectures($0) },
                "Only these architectures of Debian are affected, and the image is for another."),
            .init("review", Shape.text(.reason).map { .review($0) }, "What a person looked at and found."),
            .init("reference", Shape.text(.webAddress).map { .reference($0) }, "Where it is explained: an https address."),
        ])

    // MARK: - Rules over several keys

    private static let check: @Sendable (Draft, YAMLNode, inout Reader) -> Void = { draft, node, reader in
        func refuse(_ expected: String, _ found: String, _ fix: String) {
            reader.report(.contradiction(node.place, expected: expected, found: found, fix: fix))
        }
        let status = draft.status
        if draft.expires <= draft.timestamp {
            refuse("expires after timestamp", "\(draft.expires.dateText) after \(draft.timestamp.dateText)", "write a later day in expires")
        }
        if draft.aliases.contains(draft.vulnerability) { refuse("other names as aliases", draft.vulnerability, "remove it from aliases") }
        if status == VEXStatus.notAffected.rawValue {
            if draft.justification == nil {
                refuse("justification beside not_affected", "none", "write one of \(justifications.joined(separator: ", "))")
            }
            if draft.evidence.isEmpty { refuse("evidence beside not_affected", "none", "write evidence, a review at least") }
            if draft.justification == VEXJustification.componentNotPresent.rawValue, !draft.evidence.contains(where: \.provesAbsence) {
                refuse(
                    "evidence that can be proved beside component_not_present", "none",
                    "write package-absent or path-absent, or only-architectures")
            }
            if draft.package.versions.isOpen, !draft.evidence.contains(where: \.isProvable) {
                refuse(
                    "an end of the versions, since a person's word holds for what the person saw", "none",
                    "write before with the first version that nobody looked at, or evidence that a machine proves")
            }
        } else {
            for (key, value) in [("justification", draft.justification), ("impact", draft.impact)] where value != nil {
                refuse("no \(key) beside \(status)", "one", "remove \(key), or write status: not_affected")
            }
        }
        if status == VEXStatus.affected.rawValue, draft.action == nil {
            refuse("action beside affected", "none", "write what users should do")
        }
        if status != VEXStatus.affected.rawValue, draft.action != nil { refuse("no action beside \(status)", "one", "remove action") }
    }
}

extension TriageEvidence {
    fileprivate var provesAbsence: Bool {
        switch self {
        case .packageAbsent, .pathAbsent, .onlyArchitectures: true
        default: false
        }
    }
}

extension TextRule {
    // Nothing that stands for many fits.
    fileprivate static let vulnerability = TextRule(
        expected: "a vulnerability such as CVE-2025-1234", pattern: "[A-Z][A-Z0-9]*(?:-[A-Za-z0-9:._]+)+", limit: 128,
        further: { text in
            if text.hasPrefix("cve-") || text.hasPrefix("Cve-") {
                return Problem(expected: "a vulnerability such as CVE-2025-1234", fix: "write \(text.uppercased().prefix(60))")
            }
            guard text.hasPrefix("CVE-") else { return nil }
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            let isRight =
                parts.count == 3 && parts[1].utf8.count == 4 && parts[2].utf8.count >= 4
                && parts.dropFirst().allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            return isRight ? nil : Problem(expected: "CVE-, four digits of the year and at least four more such as CVE-2025-1234")
        })
    fileprivate static let symbolName = TextRule(
        expected: "the name of a symbol such as SSL_new", pattern: #"[A-Za-z_.$][A-Za-z0-9_.$@]*"#, limit: 1024)
    fileprivate static let libraryName = TextRule(
        expected: "the soname of a library such as libexpat.so.1", pattern: #"[A-Za-z0-9_+.-]+\.so(?:\.[A-Za-z0-9_.-]+)?"#, limit: 256)
    fileprivate static let architecture = TextRule(
        expected: "an architecture of Debian such as s390x", pattern: "[a-z][a-z0-9-]*", limit: 32)
    fileprivate static let webAddress = TextRule(
        expected: "an https address", pattern: #"https://[^\s<>"*]+"#, limit: 2048,
        further: {
            $0.hasPrefix("http://") ? Problem(expected: "an https address", fix: "write https://\($0.dropFirst(7).prefix(200))") : nil
        })
    fileprivate static let orderedVersion = TextRule(
        expected: "a version of Debian in quotes such as \"1.2-3\"", pattern: "[0-9A-Za-z][0-9A-Za-z.+:~-]*", limit: 256,
        further: { (try? DebianVersion($0)) == nil ? Problem(expected: "a version of Debian such as \"1:1.2-3\"") : nil })
    fileprivate static let time = TextRule(
        expected: "a day such as 2026-11-20, or a time such as 2026-11-20T09:00:00Z",
        pattern: "[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2}))?", limit: 64,
        further: { text in
            (Timestamp(date: text) ?? Timestamp(rfc3339: text)) == nil
                ? Problem(expected: "a day of the calendar such as 2026-11-20, or a time in UTC") : nil
        })
}

extension Shape where Value == String {
    fileprivate static var debianVersion: Shape { .text(.orderedVersion) }
}

extension Shape where Value == Timestamp {
    fileprivate static var moment: Shape {
        Shape<String>.text(.time).map { Timestamp(date: $0) ?? Timestamp(rfc3339: $0) ?? Timestamp(seconds: 0) }
    }
}
