// SPDX-License-Identifier: Apache-2.0
import Base
package import Sigstore

/// An entry of `vex-sources.yaml`: somebody whose statements may be applied, where they are had, and why they are believed.
package struct VEXSource: Hashable, Sendable {
    /// `red-hat`.
    package var name: String
    /// A document, an archive, or the `vex-repository.json` of a VEX repository; nil when files are brought in by hand.
    package var address: String?
    /// Where the signature is; beside the document when nil.
    package var signature: String?
    /// What documents are verified with; nil for a source without signatures.
    package var key: VerificationKey?
    package var statements: ForeignSource
    /// Days after which what it says is old.
    package var maximumAgeDays: Int

    package init(
        name: String, address: String? = nil, signature: String? = nil, key: VerificationKey?, statements: ForeignSource,
        maximumAgeDays: Int = 30
    ) {
        self.name = name
        self.address = address
        self.signature = signature
        self.key = key
        self.statements = statements
        self.maximumAgeDays = maximumAgeDays
    }
}

extension RecipeLoader {
    package static let vexSourcesPath = "vex-sources.yaml"

    /// What `vex-sources.yaml` says, in its order; nothing when there is no such file.
    package func vexSources() throws -> [VEXSource] {
        var reading = CatalogReading(files)
        let sources = try reading.vexSources()
        try reading.refuseProblems()
        return sources
    }
}

extension CatalogReading {
    fileprivate mutating func vexSources() throws -> [VEXSource] {
        guard files.contains(RecipeLoader.vexSourcesPath) else { return [] }
        let drafts = try read(RecipeLoader.vexSourcesPath, as: VEXSourceShape.file, purpose: "sources of VEX") ?? []
        return try drafts.map { draft in
            VEXSource(
                name: draft.name, address: draft.address, signature: draft.signature, key: try draft.key.flatMap { try key($0) },
                statements: ForeignSource(
                    name: draft.name, authors: draft.authors, trust: draft.unsigned.map { .unsigned(because: $0) } ?? .signed),
                maximumAgeDays: draft.maximumAgeDays)
        }
    }

    private mutating func key(_ named: Located<String>) throws -> VerificationKey? {
        guard let bytes = try files.read(named.value) else {
            report(.missingFile(named.place, path: files.shown(named.value), purpose: "the public key of a source", known: []))
            return nil
        }
        do { return try VerificationKey(pem: String(decoding: bytes, as: UTF8.self)) } catch {
            report(
                .contradiction(
                    named.place, expected: "the PEM of an ECDSA P-256 public key in \(named.value)", found: error.diagnosis.summary,
                    fix: "put the source's public key there"))
            return nil
        }
    }
}

/// The keys of `vex-sources.yaml`.
enum VEXSourceShape {
    struct Draft: Sendable {
        var name = ""
        var address: String?
        var signature: String?
        var key: Located<String>?
        var unsigned: String?
        var authors: [String] = []
        var maximumAgeDays = 30
    }

    private struct File: Sendable {
        var sources: [Draft] = []
    }

    static let file = RecordShape<File>(
        name: "vexSources", title: "the sources of VEX",
        keys: [
            .required(
                "sources", \.sources,
                .list(of: source.shape, named: "a list of sources", minimum: 1, unique: ("source", { $0.name })),
                "Whose statements about vulnerabilities are applied, after the catalog's own; the first that has one is believed.")
        ], empty: { File() }
    ).shape.map(\.sources)

    private static let sourceName = TextRule(
        expected: "a name in lower case such as red-hat", pattern: "[a-z0-9][a-z0-9-]*", limit: 40)

    private static let source = RecordShape<Draft>(
        name: "vexSource", title: "a source of VEX",
        keys: [
            .required("name", \.name, .text(sourceName), "How it is called wherever one of its statements counts."),
            .optional(
                "address", \.address, .text(.webAddress),
                "Its document, archive or vex-repository.json. Left out: files come in by `ashlar feeds import` only."),
            .optional(
                "key", \.key, Shape.text(.relativePath).located,
                "A file of the catalog with its ECDSA P-256 public key in PEM; its documents must be signed with it."),
            .optional(
                "signature", \.signature, .text(.webAddress),
                "Where the signature over the document or archive is; at its address with .sig behind when left out."),
            .optional("unsigned", \.unsigned, .text(.reason), "Why documents without a signature are taken; shown wherever they count."),
            .required(
                "authors", \.authors, .list(of: .text(.line), named: "a list of authors", minimum: 1, unique: ("author", { $0 })),
                "Authors whose documents are meant, letter for letter as the documents name them."),
            .optional("max-age-days", \.maximumAgeDays, .integer(1...3650), "Days after which what it says is old; 30 when left out."),
        ], empty: { Draft() },
        check: { draft, node, reader in
            if (draft.key == nil) == (draft.unsigned == nil) {
                reader.report(
                    .contradiction(
                        node.place, expected: "either key or unsigned", found: draft.key == nil ? "neither" : "both",
                        fix: "write key with the file of its public key, or unsigned with the reason for taking it without"))
            }
            if draft.signature != nil, draft.key == nil {
                reader.report(
                    .contradiction(node.place, expected: "signature beside key", found: "it without", fix: "remove signature"))
            }
        })
}
