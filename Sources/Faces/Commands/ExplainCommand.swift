// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import OCI
import Pipeline
import Tools

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says why something is in an image, from the file back to the recipe's line.",
        discussion: """
            With --path, --package or --layer each link of the chain is verified as it is walked: layer, package, lock, provenance, signed
            index, recipe. A broken link is shown, with exit code 76, or 66 when something that should be there is missing. What the image
            does not have has exit code 66 as well, with the nearest that it has. Without these options the lock in the catalog is read.

            Example: ashlar explain python:3.13 --path /usr/bin/python3.13
                     ashlar explain https://registry.example/python:3.13 --package libssl3t64 --platform linux/arm64
                     ashlar explain python:3.13 libssl3t64
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "NAME:STREAM; with an option below also HOST/NAME:TAG.") var image: String
    @Argument(help: "A package of its lock; all of them when left out.") var package: String?
    @Option(help: "A file of the image: /usr/bin/python3.13.") var path: String?
    @Option(name: .customLong("package"), help: "A package of the image.") var published: String?
    @Option(help: "A layer of the image, counted from 1, lowest first.") var layer: Int?
    @Option(help: "Whose image: linux/arm64; the first one by default.") var platform: String?
    @Option(help: "The public key of whoever published it; the catalog's own by default.", completion: .file()) var verifyKey: String?
    @Option(help: "Where inputs are had from that the release does not bring: a mirror, or a snapshot with {base} in its address.")
    var mirror: String?
    @Option(help: "table or json.") var format = OutputFormat.table

    func validate() throws {
        guard [path, published, layer.map(String.init)].compactMap(\.self).count <= 1 else {
            throw ValidationError("one of --path, --package and --layer at a time")
        }
        if let platform, Platform(platform) == nil {
            throw ValidationError("expected a platform, one of \(Platform.allCases.map(\.description).joined(separator: ", "))")
        }
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            guard let question else { return try explainLock(settings) }
            let desk = ReleaseDesk(settings: settings, environment: environment, keyFile: verifyKey, mirror: mirror)
            let chain = try await desk.open(image) { opened in
                try await ReleaseExplainer(
                    opened.evidence, in: opened.repository, inputs: opened.shelf, trust: ArchiveTrust(Workshop.toolbox(environment)),
                    ownCatalog: opened.catalog
                ).explain(question, platform: platform.flatMap { Platform($0) })
            }
            switch format {
            case .json: print(String(decoding: chain.json.prettyBytes, as: UTF8.self), terminator: "")
            case .table: print(ChainText.lines(chain).joined(separator: "\n"))
            }
            if let failure = chain.failure { throw ExitCode(Failure.exitCode(failure)) }
        }
    }

    private var question: ReleaseExplainer.Question? {
        if let path { return .path(path) }
        if let published { return .package(published) }
        return layer.map { .layer($0) }
    }

    private func explainLock(_ settings: Settings) throws {
        let workshop = try Workshop(settings)
        let recipe = try workshop.loader.recipe(image)
        guard let lock = try workshop.loader.lock(of: recipe) else { throw PipelineError.lockMissing(reference: recipe.reference) }
        for platform in lock.platforms.prefix(1) {
            guard let package else {
                for locked in platform.packages { print(Self.chain(locked, platform).joined(separator: " ← ")) }
                continue
            }
            guard let locked = platform.packages.first(where: { $0.name == package }) else {
                throw NameError.unknownPackage(package, place: "the lock of \(recipe.reference)", known: platform.packages.map(\.name))
            }
            print("\(locked.name) \(locked.version) (source \(locked.source) \(locked.sourceVersion), from \(locked.archive))")
            print("  " + Self.chain(locked, platform).joined(separator: "\n  ← "))
            print("  layer \(locked.layer), \(locked.path), sha256:\(locked.sha256)")
        }
    }

    private static func chain(_ package: LockedPackage, _ platform: PlatformLock) -> [String] {
        let chain = NeedChain.up(from: package.name, in: platform.packages)
        let names = chain.enumerated().map { $0.offset == 0 ? $0.element.name : "needed by \($0.element.name)" }
        return names + (chain.last.map { $0.neededBy.isEmpty ? ["asked for by \($0.layer)"] : [] } ?? [])
    }
}

/// A chain for people.
enum ChainText {
    static func lines(_ chain: TrustChain) -> [String] {
        var lines = [chain.question]
        for link in chain.links {
            lines.append("\(mark(link))  \(link.name)  \(link.subject)")
            lines += link.checked.map { "          \($0)" }
            if let problem = link.problem { lines.append("        ! \(problem)") }
        }
        switch chain.end {
        case .whole: lines.append("\(chain.links.count) links, all of them good")
        case .absent(let what): lines.append("not found: \(what)")
        case .broken: lines.append("the chain is broken at the last link")
        }
        return lines.map(Terminal.clean)
    }

    private static func mark(_ link: ChainLink) -> String {
        switch link.end {
        case .whole: "ok    "
        case .absent: "none  "
        case .broken: "BROKEN"
        }
    }
}
