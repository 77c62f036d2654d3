// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import OCI
import Pipeline
import Records
import Resolve
import Transport

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Picks the exact packages of images and writes their locks.",
        discussion: """
            Prints the difference as it reads in a pull request. With --check nothing is written, and a lock that is stale or edited fails.

            Example: ashlar resolve python:3.13
                     ashlar resolve --all --check
                     ashlar resolve python:3.13 --explain libexpat1
                     ashlar resolve --explain libexpat1
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Images as NAME:STREAM.") var images: [String] = []
    @Flag(help: "Every image of the catalog.") var all = false
    @Flag(help: "Write nothing; fail when a lock differs.") var check = false
    @Flag(help: "Count the revision of the build tag up although no package changed.") var bump = false
    @Option(help: "Say why this package is in the images, or why not; without images, in those that it is in.") var explain: String?
    @Flag(help: "Use the indexes that are in the store.") var offline = false
    @Option(help: "Accept a stale index: ARCHIVE=REASON.") var allowStale: [String] = []
    @Flag(help: "Print how long it took to load the indexes and to resolve.") var timings = false

    func run() async throws {
        try await reporting {
            guard all || !images.isEmpty || explain != nil else { throw CommandError.nothingAsked }
            var settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            settings.allowStale.merge(try StaleOption.parse(allowStale)) { _, option in option }
            let workshop = try Workshop(settings)
            let catalog = try workshop.loader.catalog()
            let recipes = all || images.isEmpty ? catalog.recipes() : try images.map { try catalog.recipe($0) }
            let work = ResolveRun(
                workshop: workshop, explain: explain.map { ($0, images.isEmpty ? ResolveRun.Reach.concerned : .asked) }, check: check,
                bump: bump, offline: offline, timings: timings)
            try await whileWriting(to: settings.store) { try await work.run(recipes, suites: catalog.suites) }
        }
    }
}

/// Resolves the asked images one after the other. It downloads into the store, where two writers would spoil each other's files.
struct ResolveRun {
    let workshop: Workshop
    /// The images whose reasons are told: all that were asked for, or those that a package is in or is left out of.
    enum Reach { case asked, concerned }
    let explain: (package: String, reach: Reach)?
    let check: Bool
    let bump: Bool
    let offline: Bool
    let timings: Bool

    func run(_ recipes: [Recipe], suites: [Suite]) async throws {
        let blobs = try workshop.blobs()
        let records = try workshop.records()
        try await LiveTransport.with(try Network.settings(workshop.environment)) { transport in
            let loader = workshop.indexLoader(
                blobs: blobs, records: records, transport: transport, mirror: offline ? nil : try workshop.mirror(),
                reach: offline ? .storeOnly : .network)
            let relock = Relock(indexes: IndexShelf(loader, suites: suites), folder: workshop.catalogFolder)
            // One wait for the disk at the end, not one for each index.
            try await blobs.withDeferredSync {
                guard let explain else { return try await resolve(recipes, relock, workshop) }
                try await tell(explain.package, recipes, explain.reach, relock)
            }
        }
    }

    private func tell(_ package: String, _ recipes: [Recipe], _ reach: Reach, _ relock: Relock) async throws {
        var isNowhere = true
        var names: Set<String> = []
        for recipe in recipes {
            let resolutions = try await relock.resolver(for: recipe).resolutions(of: recipe)
            names.formUnion(resolutions.flatMap { $0.lock.packages.map(\.name) })
            guard reach == .asked || resolutions.contains(where: { $0.concerns(package) }) else { continue }
            isNowhere = false
            print(resolutions.explain(package))
        }
        guard isNowhere else { return }
        let near = Spelling.nearest(to: package, among: names.sorted()).map { "; did you mean \($0)?" } ?? ""
        print("\(package) is in no image of the catalog, and none leaves it out\(near)")
    }

    private func resolve(_ recipes: [Recipe], _ relock: Relock, _ workshop: Workshop) async throws {
        var stale: [String] = []
        var failures: [Diagnosis] = []
        let stopwatch = Stopwatch()
        defer {
            if timings { for lap in stopwatch.all { print("\(lap.stage)\t\(lap.duration / .microseconds(1)) µs") } }
        }
        if timings, let first = recipes.first { _ = try await stopwatch.time("index") { try await relock.resolver(for: first) } }
        for recipe in recipes {
            do {
                let old = try workshop.loader.lock(of: recipe)
                var (lock, difference) = try await stopwatch.time("resolve \(recipe.reference)") {
                    try await relock.propose(recipe, replacing: old)
                }
                if bump, let old, lock.revision == old.revision { lock.revision += 1 }
                if check {
                    let file = workshop.files[recipe.lockPath]
                    if let fault = try relock.fault(in: file, of: recipe, old: old, new: lock, difference) {
                        stale.append(recipe.reference)
                        print(fault)
                    }
                    continue
                }
                try relock.write(lock, of: recipe)
                print(difference.isEmpty ? "\(recipe.reference): unchanged" : difference.text)
            } catch let error as any Diagnosable where recipes.count > 1 {
                failures += (error as? Diagnoses)?.all ?? [error.diagnosis]
            }
        }
        guard failures.isEmpty else { throw Diagnoses(failures) }
        guard stale.isEmpty else { throw CommandError.locksStale(stale) }
    }
}
