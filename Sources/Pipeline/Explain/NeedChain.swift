// SPDX-License-Identifier: Apache-2.0
package import Artifacts

/// Why a package is in a lock: the shortest way up to one that a recipe asks for.
package enum NeedChain {
    /// The package, whoever needs it, and so on; ties go to the first in order of name. The last one was asked for.
    package static func up(from name: String, in packages: [LockedPackage]) -> [LockedPackage] {
        let byName = Dictionary(packages.map { ($0.name, $0) }) { first, _ in first }
        guard let start = byName[name] else { return [] }
        var paths = [[start]]
        var seen: Set<String> = [name]
        while !paths.isEmpty {
            var next: [[LockedPackage]] = []
            for path in paths {
                guard let last = path.last else { continue }
                if last.neededBy.isEmpty { return path }
                for user in last.neededBy where seen.insert(user).inserted {
                    if let package = byName[user] { next.append(path + [package]) }
                }
            }
            paths = next
        }
        return [start]
    }
}
