// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import Pipeline

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says why a package is in an image, from the recipe's line down.",
        discussion: "Example: ashlar explain python:3.13 libssl3t64")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "An image as NAME:STREAM.") var image: String
    @Argument(help: "A package of its lock; all of them when left out.") var package: String?

    func run() async throws {
        try await reporting {
            let workshop = try Workshop(Settings(options, environment: ProcessInfo.processInfo.environment))
            let recipe = try workshop.loader.recipe(image)
            guard let lock = try workshop.loader.lock(of: recipe) else { throw PipelineError.lockMissing(reference: recipe.reference) }
            for platform in lock.platforms.prefix(1) {
                let byName = Dictionary(platform.packages.map { ($0.name, $0) }) { first, _ in first }
                guard let package else {
                    for locked in platform.packages { print(chain(locked.name, byName).joined(separator: " ← ")) }
                    continue
                }
                guard let locked = byName[package] else {
                    throw CommandError.unknownImage(package, nearest: Spelling.nearest(to: package, among: byName.keys.sorted()))
                }
                print("\(locked.name) \(locked.version) (source \(locked.source) \(locked.sourceVersion), from \(locked.archive))")
                print("  " + chain(package, byName).joined(separator: "\n  ← needed by "))
                print("  layer \(locked.layer), \(locked.path), sha256:\(locked.sha256)")
            }
        }
    }

    // The shortest way up to a package that the recipe asks for; ties go to the first in order of name.
    private func chain(_ name: String, _ packages: [String: LockedPackage]) -> [String] {
        var paths = [[name]]
        var seen: Set<String> = [name]
        while !paths.isEmpty {
            var next: [[String]] = []
            for path in paths {
                guard let last = path.last, let package = packages[last] else { continue }
                if package.neededBy.isEmpty { return path + ["asked for by \(package.layer)"] }
                for user in package.neededBy where seen.insert(user).inserted { next.append(path + [user]) }
            }
            paths = next
        }
        return [name]
    }
}
