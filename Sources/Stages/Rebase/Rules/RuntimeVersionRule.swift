// SPDX-License-Identifier: Apache-2.0
import Artifacts

/// The language runtimes of the base are of the same version, as far as applications are bound to it: compiled modules and byte code are.
struct RuntimeVersionRule: RebaseRule {
    let id = "runtime-version"

    private struct Runtime {
        var name: String
        /// The folder in which something is named after the version.
        var folder: String
        /// The version that the name of an entry says; nil for others.
        var version: @Sendable (Substring) -> Substring?
    }

    private static let runtimes: [Runtime] = [
        Runtime(name: "Python", folder: "usr/bin/") { numbered($0, after: "python", dots: 1) },
        Runtime(name: "Java", folder: "usr/lib/jvm/") { name in
            guard name.hasPrefix("java-") else { return nil }
            let number = name.dropFirst(5).prefix { $0 != "-" }
            return !number.isEmpty && number.allSatisfy(isDigit) ? number : nil
        },
        // The number of its interface for modules.
        Runtime(name: "PHP", folder: "usr/lib/php/") { $0.count == 8 && $0.allSatisfy(isDigit) ? $0 : nil },
        Runtime(name: "Ruby", folder: "usr/lib/ruby/") { $0.allSatisfy { isDigit($0) || $0 == "." } && $0.contains(".") ? $0 : nil },
        Runtime(name: "Perl", folder: "usr/share/perl/") {
            $0.split(separator: ".").count == 2 && $0.allSatisfy { isDigit($0) || $0 == "." } ? $0 : nil
        },
    ]

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        Self.runtimes.compactMap { runtime -> RebaseFinding? in
            let (old, new) = (Self.versions(of: runtime, in: subject.oldBase), Self.versions(of: runtime, in: subject.newBase))
            let lost = old.subtracting(new).sorted()
            guard !lost.isEmpty else { return nil }
            let now = new.isEmpty ? "none" : new.sorted().joined(separator: ", ")
            return subject.finding(
                id, at: "", "the old base has \(runtime.name) \(lost.joined(separator: ", ")), the new one \(now)",
                remedy: "build the application again from the new base: what was compiled for one does not run with the other")
        }
    }

    private static func versions(of runtime: Runtime, in scene: RebaseCase.Scene) -> Set<String> {
        var found: Set<String> = []
        for entry in scene.index.entries where entry.path.hasPrefix(runtime.folder) {
            // What is below a folder of that name counts for it, listed or not.
            let name = entry.path.dropFirst(runtime.folder.count).prefix { $0 != "/" }
            if let version = runtime.version(name) { found.insert(String(version)) }
        }
        return found
    }

    private static func numbered(_ name: Substring, after word: String, dots: Int) -> Substring? {
        guard name.hasPrefix(word) else { return nil }
        let rest = name.dropFirst(word.count)
        guard rest.count(where: { $0 == "." }) == dots, rest.allSatisfy({ isDigit($0) || $0 == "." }), rest.first != ".", rest.last != "."
        else { return nil }
        return rest
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
