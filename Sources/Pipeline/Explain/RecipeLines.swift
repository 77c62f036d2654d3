// SPDX-License-Identifier: Apache-2.0
import Artifacts

/// Finds where a recipe says something.
///
/// It looks for the words in the text: YAML is read elsewhere, and this is for people who want to see the line.
struct RecipeLines {
    /// Paths from the catalog's folder.
    let files: [String: [UInt8]]
    /// What stands before them: `catalog/`.
    let prefix: String

    struct Place: Hashable {
        /// `catalog/images/python/3.13.yaml:9`.
        var location: String
        var text: String
    }

    /// The file in which a layer's contents are written: `profile:tls` or `image`.
    static func file(of origin: String, _ recipe: Recipe) -> String {
        origin.hasPrefix("profile:") ? "profiles/\(origin.dropFirst("profile:".count)).yaml" : recipe.sourcePath
    }

    /// The first line of a file that has the word outside comments and reasons, one of a list rather than another; the file alone
    /// when none has it.
    func place(of word: String, in path: String) -> Place? {
        guard let bytes = files[path] else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let found = lines.enumerated().filter { Self.has(word, $0.element) }
        guard let best = found.first(where: { Self.isList($0.element) }) ?? found.first else {
            return Place(location: prefix + path, text: "")
        }
        return Place(location: "\(prefix)\(path):\(best.offset + 1)", text: String(best.element.trimmed.prefix(160)))
    }

    // `- libc6`, `packages: [libc6, tzdata]`: not `version: package:libc6`.
    private static func isList(_ line: Substring) -> Bool { line.trimmed.hasPrefix("- ") || line.contains("[") }

    /// The same, in the first of the files that has it.
    func place(of word: String, in paths: [String]) -> Place? {
        paths.lazy.compactMap { place(of: word, in: $0) }.first { !$0.text.isEmpty }
    }

    private static func has(_ word: String, _ line: Substring) -> Bool {
        guard line.trimmed.first != "#" else { return false }
        let told = line.firstRange(of: "reason:").map { line[..<$0.lowerBound] } ?? line
        var rest = told
        while let range = rest.firstRange(of: word) {
            let before = range.lowerBound == told.startIndex ? nil : told[told.index(before: range.lowerBound)]
            let after = range.upperBound == told.endIndex ? nil : told[range.upperBound]
            if !isPart(before), !isPart(after) { return true }
            rest = told[told.index(after: range.lowerBound)...]
        }
        return false
    }

    // What a package's name may go on with.
    private static func isPart(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber || "+-._".contains($0) } ?? false
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
