// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Debian
import OCI

extension Recipe {
    /// The digest of what decides a resolution: suite, platforms, requests, exclusions, steps that take a package's file.
    ///
    /// Reasons, files and everything else may change without a new lock.
    package var resolutionDigest: Digest {
        let layers = layers.map { layer -> JSON in
            var members: [String: JSON] = [
                "origin": .string(layer.origin),
                "packages": .array(
                    layer.packages.map { .object(["package": .string($0.package), "partial": .bool($0.only != nil)]) }),
            ]
            if !layer.lifts.isEmpty { members["lifts"] = JSON(layer.lifts) }
            return JSON.object(members)
        }
        let copyright = steps.compactMap { step in
            if case .copyrightFrom(let name) = step { return JSON.string(name) }
            return nil
        }
        let deciding = JSON.object([
            "suite": .string(suite), "platforms": JSON(platforms.sorted().map(\.description)), "layers": .array(layers),
            "exclusions": JSON(exclusions.map(\.package).sorted()), "copyright": .array(copyright),
        ])
        return Digest.sha256(of: deciding.canonicalBytes)
    }

    /// The version users see, out of the locked packages; nil when the package it comes from is not among them.
    package func version(in lock: Lock) -> String? {
        switch version {
        case .literal(let text): return text
        case .package(let name):
            let locked = lock.platforms.lazy.flatMap(\.packages).first { $0.name == name }
            return locked.flatMap { try? DebianVersion($0.version).upstreamVersion }
        }
    }
}

extension Lock {
    /// Whether this lock was made from what the recipe says now.
    package func isCurrent(for recipe: Recipe) -> Bool { self.recipe == recipe.resolutionDigest }

    /// The build counter of this lock after an earlier one: unchanged packages keep it, a new version of the image starts
    /// at 1, anything else counts on.
    package func revision(after previous: Lock, of recipe: Recipe) -> Int {
        if platforms == previous.platforms { return previous.revision }
        return recipe.version(in: self) == recipe.version(in: previous) ? previous.revision + 1 : 1
    }
}
