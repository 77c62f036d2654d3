// SPDX-License-Identifier: Apache-2.0
package import Base

/// A mistake in the catalog's files, with its place.
package enum ArtifactsError: Diagnosable, Hashable {
    case notYAML(Place, problem: String, fix: String)
    case tooLarge(file: String, limit: Int, found: Int)
    case unknownKey(Place, key: String, within: String, known: [String])
    case missingKey(Place, key: String, within: String)
    case wrongType(Place, at: String, expected: String, found: String, fix: String)
    case badValue(Place, at: String, expected: String, found: String, fix: String)
    case unknownName(Place, kind: String, name: String, known: [String])
    case duplicate(Place, kind: String, name: String)
    case cycle(Place, chain: [String])
    case contradiction(Place, expected: String, found: String, fix: String)
    case missingFile(Place, path: String, purpose: String, known: [String])
    case unknownImage(reference: String, known: [String])

    package var diagnosis: Diagnosis {
        switch self {
        case .notYAML(let place, let problem, let fix):
            Diagnosis("catalog.not-yaml", .malformed, "\(place): expected YAML, found \(problem)", remedy: fix)
        case .tooLarge(let file, let limit, let found):
            Diagnosis(
                "catalog.too-large", .malformed, "\(file): expected at most \(limit) bytes, found \(found)",
                remedy: "move long contents into a file of their own and name it with source")
        case .unknownKey(let place, let key, let within, let known):
            Diagnosis(
                "catalog.unknown-key", .malformed, "\(place): expected a key of \(within), found \(YAMLNode.quoted(key))",
                remedy: Self.suggestion(for: key, among: known, otherwise: "the keys here are \(Self.list(known))"))
        case .missingKey(let place, let key, let within):
            Diagnosis("catalog.missing-key", .malformed, "\(place): expected the key \(key) in \(within), found none", remedy: "add \(key)")
        case .wrongType(let place, let at, let expected, let found, let fix):
            Diagnosis("catalog.wrong-type", .malformed, "\(place): \(at): expected \(expected), found \(found)", remedy: fix)
        case .badValue(let place, let at, let expected, let found, let fix):
            Diagnosis("catalog.bad-value", .malformed, "\(place): \(at): expected \(expected), found \(found)", remedy: fix)
        case .unknownName(let place, let kind, let name, let known):
            Diagnosis(
                "catalog.unknown-\(kind.replacingSpaces)", .malformed,
                "\(place): expected the name of a \(kind), found \(YAMLNode.quoted(name))",
                remedy: Self.suggestion(
                    for: name, among: known, otherwise: known.isEmpty ? "there is none yet: add it" : "write one of \(Self.list(known))"))
        case .duplicate(let place, let kind, let name):
            Diagnosis(
                "catalog.duplicate", .malformed, "\(place): expected each \(kind) once, found \(YAMLNode.quoted(name)) again",
                remedy: "remove or rename one of them")
        case .cycle(let place, let chain):
            Diagnosis(
                "catalog.cycle", .malformed, "\(place): expected profiles that end at one without extends, found a circle",
                remedy: "remove one extends of the circle", notes: [chain.joined(separator: " -> ")])
        case .contradiction(let place, let expected, let found, let fix):
            Diagnosis("catalog.contradiction", .malformed, "\(place): expected \(expected), found \(found)", remedy: fix)
        case .missingFile(let place, let path, let purpose, let known):
            Diagnosis(
                "catalog.missing-file", .malformed, "\(place): expected the file \(path) (\(purpose)), found none",
                remedy: Self.suggestion(for: path, among: known, otherwise: "add the file or correct the path"))
        case .unknownImage(let reference, let known):
            Diagnosis(
                "catalog.unknown-image", .notFound,
                "expected an image of the catalog as name:stream, found \(YAMLNode.quoted(reference))",
                remedy: Spelling.nearestReference(to: reference, among: known).map { "write \($0)" }
                    ?? (known.isEmpty ? "add an image to the catalog" : "choose one of \(Self.list(known))"))
        }
    }

    private static func suggestion(for word: String, among known: [String], otherwise: String) -> String {
        Spelling.nearest(to: word, among: known).map { "write \($0)" } ?? otherwise
    }

    private static func list(_ names: [String]) -> String {
        names.count > 40 ? names.prefix(40).joined(separator: ", ") + ", …" : names.joined(separator: ", ")
    }
}

extension String {
    fileprivate var replacingSpaces: String { String(map { $0 == " " ? "-" : $0 }) }
}
