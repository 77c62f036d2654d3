// SPDX-License-Identifier: Apache-2.0
import Base

extension Expectations {
    /// Reads a file of expectations; every mistake in it is told with its line.
    package init(reading bytes: [UInt8], file: String) throws {
        let root = try YAMLDocument.parse(bytes, file: file)
        var reader = Reader()
        let found = ExpectationsShape.file.shape.read(root, &reader)
        guard let found, reader.problems.isEmpty else { throw Diagnoses(reader.problems.map(\.diagnosis)) }
        self = found
    }
}

/// The keys of a file of expectations.
enum ExpectationsShape {
    static let file = RecordShape<Expectations>(
        name: "expectations", title: "expectations",
        keys: [
            .required(
                "builders", \.builders, .list(of: .text(.line), named: "a list of builder ids", minimum: 1),
                "The builder ids that are accepted, whole."),
            .required("build-type", \.buildType, .text(.line), "The build type, whole."),
            .required(
                "source", \.source, source,
                "Where the recipe must come from; in the values `*` stands for any characters. What is left out must be absent."),
            .optional(
                "parameters", \.parameters, .dictionary(parameterName, to: .text(.any), named: "a map of parameters"),
                "Every other parameter with its exact value. A parameter that stands in neither is refused."),
        ], empty: { Expectations(builders: [], buildType: "", source: [:], parameters: [:]) },
        check: { expectations, node, reader in
            for name in expectations.parameters.keys.sorted() where expectations.source[name] != nil {
                reader.report(
                    .contradiction(
                        node.place, expected: "\(name) in source or in parameters", found: "it in both", fix: "remove it from parameters"))
            }
        })

    private static let parameterName = TextRule(
        expected: "the name of a parameter such as stream", pattern: "[A-Za-z][A-Za-z0-9._-]*", limit: 80)

    private struct Source: Sendable {
        var repository: String?
        var path: String?
        var revision: String?
    }

    private static let source: Shape<[String: TextPattern]> = RecordShape<Source>(
        name: "expectedSource", title: "a source",
        keys: [
            .optional("repository", \.repository, .text(.line), "The repository of the catalog."),
            .required("path", \.path, .text(.line), "The recipe's file in it."),
            .optional("revision", \.revision, .text(.line), "The commit: whole, or a pattern."),
        ], empty: { Source() }
    ).shape.map { source in
        let all = ["repository": source.repository, "path": source.path, "revision": source.revision]
        return all.compactMapValues { $0.map(TextPattern.init) }
    }
}
