// SPDX-License-Identifier: Apache-2.0
import Base

/// A name that people wrote and that nothing here has, with the nearest one that something has.
enum NameError: Diagnosable, Equatable {
    case unknownCommand(String, of: String, known: [String])
    /// Nothing was published under it; the references that were.
    case unknownImage(String, known: [String])
    case unknownPackage(String, place: String, known: [String])

    var diagnosis: Diagnosis {
        switch self {
        case .unknownCommand(let word, let parent, let known):
            Diagnosis(
                "command.unknown-command", .usage, "expected a command of `\(parent)`, found `\(word)`",
                remedy: Spelling.nearest(to: word, among: known).map { "did you mean `\(parent) \($0)`?" }
                    ?? "write one of \(known.joined(separator: ", ")); `\(parent) --help` says what each does")
        case .unknownImage(let name, []):
            Diagnosis(
                "command.unknown-image", .notFound, "expected a published image, found `\(name)` and a store in which nothing is",
                remedy: "publish one (ashlar build \(name)), or name the right store: --store <folder>")
        case .unknownImage(let name, let known):
            Diagnosis(
                "command.unknown-image", .notFound, "expected a published image, found `\(name)`, which this store does not have",
                remedy: Spelling.nearestReference(to: name, among: known).map { "did you mean `\($0)`? `ashlar list` shows what is there" }
                    ?? "see `ashlar list`, and name one as NAME:STREAM, such as \(known[0])")
        case .unknownPackage(let name, let place, let known):
            Diagnosis(
                "command.unknown-package", .notFound, "expected a package of \(place), found `\(name)`, which is not in it",
                remedy: Spelling.nearest(to: name, among: known).map { "did you mean `\($0)`?" }
                    ?? "leave the name out to see all \(known.count) packages")
        }
    }
}
