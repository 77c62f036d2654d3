// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Resolve
import TestKit

/// A recipe on virtual archives, for one act each.
struct Scenario {
    var recipe: Recipe
    var archives: [(String, [VirtualPackage])]

    init(_ packages: [VirtualPackage], ask: [String], exclude: [String] = []) {
        self.init([("trixie", packages)], ask: ask, exclude: exclude)
    }

    init(_ archives: [(String, [VirtualPackage])], ask: [String], exclude: [String] = []) {
        self.archives = archives
        recipe = Recipe(name: "app", stream: "1", platforms: [.amd64])
        recipe.layers = [LayerContents(origin: "image", packages: ask.map { PackageRequest(package: $0) })]
        recipe.exclusions = exclude.map { Exclusion(package: $0, reason: "a test") }
    }

    func resolver(stepLimit: Int = 200_000) throws -> Resolver {
        var indexes: [Platform: [ArchiveIndex]] = [:]
        for platform in [Platform.amd64, .arm64] {
            indexes[platform] = try archives.map { name, packages in
                ArchiveIndex(name, try VirtualArchive(name, packages).index(architecture: platform.debian))
            }
        }
        return Resolver(archives: indexes, stepLimit: stepLimit)
    }

    func lock() throws -> Lock { try resolver().resolve(recipe) }
    func packages() throws -> [LockedPackage] { try lock().platforms.first?.packages ?? [] }
    /// `name version` of each package.
    func picked() throws -> [String] { try packages().map { "\($0.name) \($0.version)" } }
    func names() throws -> [String] { try packages().map(\.name) }
    func explain(_ package: String) throws -> String { try resolver().explain(package, in: recipe, on: .amd64) }

    /// The summary of the refusal, with its notes.
    func refusal() -> String {
        do {
            return "solved: \(try picked())"
        } catch let error as ResolveError {
            return ([error.diagnosis.summary] + error.diagnosis.notes).joined(separator: "\n")
        } catch {
            return "another error: \(error)"
        }
    }
}

/// A package of the virtual archive with only the relations that matter.
func package(_ name: String, _ version: String = "1", architecture: String = "amd64", _ fields: KeyValuePairs<String, String>)
    -> VirtualPackage
{
    VirtualPackage(name, version, architecture: architecture, fields)
}
func package(_ name: String, _ fields: KeyValuePairs<String, String>) -> VirtualPackage {
    VirtualPackage(name, "1", fields)
}
func package(_ name: String, _ version: String = "1") -> VirtualPackage { VirtualPackage(name, version) }
