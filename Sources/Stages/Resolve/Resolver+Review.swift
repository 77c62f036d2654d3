// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Debian

extension Resolver {
    /// What a lock says on one platform that does not follow from its choice of packages, one line for each; nothing for one
    /// that a resolver wrote.
    ///
    /// The choice itself is not judged: another may be better by now. Layers, reasons and the edges of the SBOM are, and whether
    /// every need is met. Each package must be in the indexes as it is locked.
    package func contradictions(in lock: PlatformLock, of recipe: Recipe) throws(ResolveError) -> [String] {
        var universe = try universe(of: recipe, on: lock.platform)
        var picked: [String: Int] = [:]
        for package in lock.packages {
            let found = universe.versions(of: package.name).first { universe.candidates[$0].record.digest.hex == package.sha256 }
            guard let found else { return ["\(package.name) \(package.version) is in no index"] }
            picked[package.name] = found
        }
        let requests = Requests(recipe)
        let missing = (requests.wanted.map(\.name) + requests.copyrightOnly).filter { picked[$0] == nil }
        guard missing.isEmpty else { return missing.map { "\($0) is asked for and not locked" } }
        var search = Search(universe, partial: requests.partial, picking: picked)
        let resolution = try Resolution(recipe, lock.platform, requests, &search)
        return resolution.unmet + Self.differences(lock.packages, resolution.lock.packages)
    }

    private static func differences(_ locked: [LockedPackage], _ derived: [LockedPackage]) -> [String] {
        let derived = Dictionary(derived.map { ($0.name, $0) }) { first, _ in first }
        return locked.flatMap { package -> [String] in
            let name = "\(package.name) \(package.version)"
            guard let expected = derived[package.name] else { return ["nothing needs \(name)"] }
            var lines: [String] = []
            if package.layer != expected.layer { lines.append("\(name) belongs to the layer \(expected.layer), not to \(package.layer)") }
            if package.dependsOn != expected.dependsOn {
                lines.append("\(name) depends on \(Self.list(expected.dependsOn)), not on \(Self.list(package.dependsOn))")
            }
            if package.neededBy != expected.neededBy {
                lines.append("\(name) is needed by \(Self.list(expected.neededBy)), not by \(Self.list(package.neededBy))")
            }
            return lines
        }
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
}
