// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Assemble
import Base
import Debian
package import OCI
import Sigstore
package import Tools

/// Walks from something in an image back to the line of the recipe that brought it there, and verifies each link on the way.
package struct ReleaseExplainer: Sendable {
    package enum Question: Hashable, Sendable {
        case path(String)
        case package(String)
        /// Counted from 1, lowest first.
        case layer(Int)
    }

    let release: ReleaseEvidence
    let layers: LayerReader
    let collector: InputCollector
    let trust: ArchiveTrust
    let ownCatalog: [String: [UInt8]]

    package init(
        _ release: ReleaseEvidence, in repository: any RepositoryReader, inputs shelf: InputShelf, trust: ArchiveTrust,
        ownCatalog: [String: [UInt8]]
    ) {
        self.release = release
        self.trust = trust
        self.ownCatalog = ownCatalog
        layers = LayerReader(repository: repository)
        collector = InputCollector(release, from: shelf, trust: trust, ownCatalog: ownCatalog)
    }

    /// - Parameter platform: Whose image is looked into; the first of the index by default.
    package func explain(_ question: Question, platform: Platform? = nil) async throws -> TrustChain {
        guard let image = release.platforms.first(where: { platform == nil || $0.platform == platform }) else {
            throw ChainError.absent("image for \(platform?.description ?? "any platform")", place: release.reference)
        }
        var walk = ChainWalk()
        do { try await answer(question, image, &walk) } catch is ChainWalk.Broken {
            // The link says it.
        }
        return TrustChain(question: Self.text(question) + " in \(release.reference), \(image.platform)", links: walk.links)
    }

    private static func text(_ question: Question) -> String {
        switch question {
        case .path(let path): "/\(normal(path))"
        case .package(let name): "package \(name)"
        case .layer(let number): "layer \(number)"
        }
    }

    private static func normal(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private func answer(_ question: Question, _ image: ReleaseEvidence.PlatformRecord, _ walk: inout ChainWalk) async throws {
        _ = try await walk.step("image", "\(release.index.digest)") { note in
            for line in release.checked { note(line) }
            note("it lists \(image.manifest.digest) for \(image.platform)")
        }
        switch question {
        case .path(let path): try await explain(path: Self.normal(path), image, &walk)
        case .package(let name):
            let inputs = try await documents(&walk)
            let package = try await locked(name, inputs, image, &walk)
            try await status(of: package, image, &walk)
            try await origin(of: package, nil, inputs, image, &walk)
        case .layer(let number): try await explain(layer: number, image, &walk)
        }
    }

    private func explain(path: String, _ image: ReleaseEvidence.PlatformRecord, _ walk: inout ChainWalk) async throws {
        let found = try await walk.step("layer", "/\(path)") { note in
            let found = try await layers.find(path, in: image)
            note("\(found.layer.title): its bytes have the digest \(found.layer.descriptor.digest) that the manifest names")
            note("unpacked they have the diff id \(found.layer.diffID) that the configuration names")
            note("/\(path) is a \(found.entry.text)")
            return found
        }
        let inputs = try await documents(&walk)
        let owner = FileOwner(release: release, image: image, collector: collector)
        if let line = try await owner.recipeLine(of: path, found.entry, &walk) {
            return try await recipe(line, inputs, image, &walk)
        }
        let packages = (inputs.lock.platforms.first { $0.platform == image.platform }?.packages ?? []).filter {
            $0.layer == found.layer.origin
        }
        guard let package = try await owner.package(of: path, found, among: packages, &walk) else {
            return try await recipe(owner.guess(path, inputs.recipe), inputs, image, &walk)
        }
        try await origin(of: package, path, inputs, image, &walk)
    }

    private func explain(layer number: Int, _ image: ReleaseEvidence.PlatformRecord, _ walk: inout ChainWalk) async throws {
        let layer = try await walk.step("layer", "\(number)") { note in
            let layer = try await layers.layer(number - 1, of: image)
            note("its bytes have the digest \(layer.descriptor.digest) that the manifest names")
            note("unpacked they have the diff id \(layer.diffID) that the configuration names")
            note("it holds what \(layer.origin) brings")
            return layer
        }
        let inputs = try await documents(&walk)
        let packages = (inputs.lock.platforms.first { $0.platform == image.platform }?.packages ?? []).filter { $0.layer == layer.origin }
        _ = try await walk.step("packages", "\(packages.count)") { note in
            for package in packages {
                guard try FoundEntry.find("var/lib/dpkg/status.d/\(package.name)", in: layer.tar) != nil else {
                    throw ChainError.absent("entry of \(package.name) in var/lib/dpkg/status.d", place: layer.title)
                }
                note("\(package.name) \(package.version), sha256:\(package.sha256)")
            }
        }
        _ = try await walk.step("recipe", RecipeLines.file(of: layer.origin, inputs.recipe)) { note in
            try self.note(recipeOf: inputs, note)
            let file = RecipeLines.file(of: layer.origin, inputs.recipe)
            guard inputs.tree.catalog[file] != nil else { throw ChainError.absent(file, place: "the recipe") }
            note("written in \(prefix(inputs.recipe))\(file)")
        }
    }

    // MARK: - Links that all questions share

    private func documents(_ walk: inout ChainWalk) async throws -> CollectedInputs {
        try await walk.step("lock", release.lock?.description ?? "none") { note in
            let inputs = try await collector.documents()
            for line in inputs.checked { note(line) }
            return inputs
        }
    }

    private func locked(
        _ name: String, _ inputs: CollectedInputs, _ image: ReleaseEvidence.PlatformRecord, _ walk: inout ChainWalk
    ) async throws -> LockedPackage {
        let packages = inputs.lock.platforms.first { $0.platform == image.platform }?.packages ?? []
        if let package = packages.first(where: { $0.name == name }) { return package }
        let near = [Spelling.nearest(to: name, among: packages.map(\.name))].compactMap(\.self)
        return try await walk.step("package", name) { _ in
            throw ChainError.nothing("package \(name)", place: "the image's lock", near: near)
        }
    }

    // That the package is in the image at all.
    private func status(of package: LockedPackage, _ image: ReleaseEvidence.PlatformRecord, _ walk: inout ChainWalk) async throws {
        let path = "var/lib/dpkg/status.d/\(package.name)"
        _ = try await walk.step("layer", "/\(path)") { note in
            let found: LayerReader.Found
            do { found = try await layers.find(path, in: image) } catch ChainError.nothing {
                // Nobody asked for it: the lock says that it is there.
                throw ChainError.absent("/\(path)", place: "the image")
            }
            guard found.layer.origin == package.layer else {
                throw ChainError.differs(what: "the layer of \(package.name)", expected: package.layer, found: found.layer.origin)
            }
            note("\(found.layer.title): its bytes have the digest \(found.layer.descriptor.digest) that the manifest names")
            note("/\(path) is a \(found.entry.text)")
        }
    }

    private func origin(
        of package: LockedPackage, _ path: String?, _ inputs: CollectedInputs, _ image: ReleaseEvidence.PlatformRecord,
        _ walk: inout ChainWalk
    ) async throws {
        if path == nil {
            _ = try await walk.step("package", "\(package.name) \(package.version)") { note in
                let (bytes, origin) = try await collector.package(package)
                let deb = try DebFile(bytes)
                guard deb.name == package.name, deb.version.description == package.version else {
                    throw ChainError.differs(
                        what: "the .deb", expected: "\(package.name) \(package.version)", found: "\(deb.name) \(deb.version)")
                }
                note("its .deb has \(bytes.count) bytes with the digest sha256:\(package.sha256) that the lock names (\(origin))")
                note("the .deb calls itself \(deb.name) \(deb.version) for \(deb.architecture)")
            }
        }
        _ = try await walk.step("provenance", release.provenance.runDetails.builder.id) { note in
            guard let digest = package.digest, let purl = release.packages[digest] else {
                throw ChainError.absent("dependency sha256:\(package.sha256)", place: "the provenance")
            }
            note("it names \(purl) with the same digest, and is signed")
        }
        let pins = try await walk.step("suite", inputs.recipe.suite) { note in
            let pins = try InputCollector.pins(inputs.recipe.suite, own: ownCatalog, tree: inputs.tree, trust: trust)
            note("its archives and their keys are pinned in \(pins.origin)")
            return pins
        }
        let (archive, index) = try await walk.step("index", package.archive) { note in
            let archive = try pins.archive(package.archive)
            let index = try await collector.signedIndex(archive, pins)
            note("\(index.vouching.path) has the digest sha256:\(index.vouching.sha256) that the provenance names")
            note("it is of \(index.release.date) and signed by \(index.vouching.signedBy.joined(separator: ", "))")
            return (archive, index)
        }
        _ = try await walk.step("list of packages", SignedIndex.packagesPath(archive, debianArchitecture: image.platform.debian)) { note in
            let entry = try pins.packages(index, archive, image.platform)
            let list = try await collector.packageIndex(archive, index, image.platform, pins)
            guard list.lists(package) else { throw ChainError.absent("\(package.name) \(package.version)", place: entry.path) }
            note("its bytes have the digest \(entry.digest) that the signed index names")
            note("\(package.name) \(package.version) stands in it with the same digest, size, path and source")
        }
        let chain = NeedChain.up(from: package.name, in: inputs.lock.platforms.first { $0.platform == image.platform }?.packages ?? [])
        let asked = chain.last ?? package
        try await recipe(.package(asked, chain: chain), inputs, image, &walk)
    }

    /// What a line of the recipe is looked for by.
    enum RecipeReason {
        case package(LockedPackage, chain: [LockedPackage])
        /// `recipe:files/etc/motd` of the inventory, and the words to look for, best first.
        case line(owner: String, words: [String])
    }

    private func recipe(
        _ reason: RecipeReason, _ inputs: CollectedInputs, _ image: ReleaseEvidence.PlatformRecord, _ walk: inout ChainWalk
    ) async throws {
        let lines = RecipeLines(files: inputs.tree.catalog, prefix: prefix(inputs.recipe))
        let profiles = inputs.recipe.layers.reversed().map { RecipeLines.file(of: $0.origin, inputs.recipe) }
        _ = try await walk.step("recipe", inputs.recipe.reference) { note in
            try self.note(recipeOf: inputs, note)
            switch reason {
            case .package(let asked, let chain):
                if chain.count > 1 { note(chain.map(\.name).joined(separator: ", needed by ")) }
                let place = lines.place(of: asked.name, in: RecipeLines.file(of: asked.layer, inputs.recipe))
                let why = inputs.recipe.layers.flatMap(\.packages).first { $0.package == asked.name }?.reason
                note("\(asked.name) is asked for by \(asked.layer)\(why.map { ": \($0)" } ?? "")")
                if let place { note("\(place.location)\(place.text.isEmpty ? "" : "  \(place.text)")") }
            case .line(let owner, let words):
                note("written by \(owner)")
                let files = [inputs.recipe.sourcePath] + profiles
                if let place = words.lazy.compactMap({ lines.place(of: $0, in: files) }).first { note("\(place.location)  \(place.text)") }
            }
        }
    }

    private func note(recipeOf inputs: CollectedInputs, _ note: (String) -> Void) throws {
        note("its files have the digest \(inputs.tree.digest) that the provenance names")
        note(release.commit.map { "they are those of \($0)" } ?? "they were not built from a commit: the digest stands for them")
    }

    // `catalog/` of `catalog/images/python/3.13.yaml`.
    private func prefix(_ recipe: Recipe) -> String {
        let path = release.parameter("path") ?? ""
        return path.hasSuffix(recipe.sourcePath) ? String(path.dropLast(recipe.sourcePath.count)) : ""
    }
}
