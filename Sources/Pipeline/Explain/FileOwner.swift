// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Assemble
import Base
import Debian
import OCI
import Sigstore

/// Finds out who put a file into an image: a line of the recipe, as the signed inventory says, or a package, as its bytes show.
struct FileOwner {
    let release: ReleaseEvidence
    let image: ReleaseEvidence.PlatformRecord
    let collector: InputCollector

    private static let statusFolder = "var/lib/dpkg/status.d/"

    /// The line of the recipe that wrote a file; nil when a package brought it. The inventory must name the bytes that are there.
    func recipeLine(of path: String, _ entry: FoundEntry, _ walk: inout ChainWalk) async throws -> ReleaseExplainer.RecipeReason? {
        guard let component = listing(of: path) else { return nil }
        let owner = component["properties"]?.array?.first { $0["name"]?.string == "ashlar:owner" }?["value"]?.string ?? "recipe"
        _ = try await walk.step("inventory", owner) { note in
            let listed = component["hashes"]?.array?.first { $0["alg"]?.string == "SHA-256" }?["content"]?.string
            guard let listed, let digest = entry.digest, digest.hex == listed else {
                throw ChainError.differs(
                    what: "/\(path)", expected: "sha256:\(listed ?? "none")", found: entry.digest?.description ?? entry.kind.rawValue)
            }
            note("the signed CycloneDX document lists /\(path) with the same digest, as no package's")
            if let helper = release.helpers.first(where: { $0.path == path && $0.platform == image.platform.description }) {
                guard helper.digest == digest else {
                    throw ChainError.differs(what: "the helper /\(path)", expected: "\(helper.digest)", found: "\(digest)")
                }
                note("the provenance names it as a helper compiled by \(helper.compiler)")
            }
        }
        return Self.reason(owner, path)
    }

    /// The package that brought what lies at a path; nil when none of them did.
    func package(
        of path: String, _ found: LayerReader.Found, among packages: [LockedPackage], _ walk: inout ChainWalk
    ) async throws -> LockedPackage? {
        if path.hasPrefix(Self.statusFolder) { return try await statusOwner(of: path, found, among: packages, &walk) }
        // The packages' own lists first: to open all of them takes a while.
        let likely = packages.filter { lists($0, path, found.layer.tar) }
        for package in likely + packages.filter({ !likely.contains($0) }) {
            let subject = "\(package.name) \(package.version)"
            let (entry, origin) = try await walk.attempt("package", subject) {
                let (bytes, origin) = try await collector.package(package)
                return (try FoundEntry.find(path, inPackage: bytes), origin)
            }
            guard let entry else { continue }
            // A directory may be of many, and what a recipe put in the place of a package's file was dealt with before.
            if entry.kind == .directory, found.entry.kind != .directory { continue }
            _ = try await walk.step("package", subject) { note in
                note("its .deb has the digest sha256:\(package.sha256) that the lock names (\(origin))")
                guard entry.hasContents(of: found.entry) else {
                    throw ChainError.differs(what: "/\(path)", expected: entry.text, found: found.entry.text)
                }
                note("/\(path) in the .deb is the same \(entry.kind.rawValue)")
            }
            return package
        }
        return nil
    }

    /// What else may have written it: links and directories are in no list of files.
    func guess(_ path: String, _ recipe: Recipe) -> ReleaseExplainer.RecipeReason {
        if recipe.links[path] != nil { return .line(owner: "recipe:links", words: ["/" + path, path]) }
        if recipe.directories.contains(where: { $0.path == path }) {
            return .line(owner: "recipe:directories", words: ["/" + path, path])
        }
        if MergedUsr.links.contains(path) { return .line(owner: "recipe:steps/usr-merge", words: ["usr-merge"]) }
        // A link or directory that a step made.
        return .line(owner: "recipe:steps", words: ["steps"])
    }

    // Written by us from the package's control part.
    private func statusOwner(
        of path: String, _ found: LayerReader.Found, among packages: [LockedPackage], _ walk: inout ChainWalk
    ) async throws -> LockedPackage? {
        let name = path.dropFirst(Self.statusFolder.count)
        guard let package = packages.first(where: { $0.name == name || $0.name + ".md5sums" == name }) else { return nil }
        _ = try await walk.step("package", "\(package.name) \(package.version)") { note in
            let (bytes, origin) = try await collector.package(package)
            note("its .deb has the digest sha256:\(package.sha256) that the lock names (\(origin))")
            guard package.name == name else { return note("/\(path) was written from the sums in its control part") }
            let control = try DebFile(bytes).controlText
            let text = control.utf8.last == 0x0A ? control : control + "\n"
            guard found.entry.digest == Digest.sha256(of: text) else {
                throw ChainError.differs(
                    what: "/\(path)", expected: "\(Digest.sha256(of: text))", found: found.entry.digest?.description ?? "no file")
            }
            note("/\(path) is its control paragraph, byte for byte")
        }
        return package
    }

    // `<md5>  <path>`: a hint of where to look, not evidence.
    private func lists(_ package: LockedPackage, _ path: String, _ tar: [UInt8]) -> Bool {
        guard let sums = try? FoundEntry.bytes(of: "\(Self.statusFolder)\(package.name).md5sums", in: tar) else { return false }
        return String(decoding: sums, as: UTF8.self).contains("  \(path)\n")
    }

    private func listing(of path: String) -> JSON? {
        let documents = (release.claims[image.manifest.digest] ?? []).filter { $0.predicateType == PredicateType.cycloneDX }
        return documents.lazy.compactMap { statement in
            statement.predicate["components"]?.array?.first { $0["type"]?.string == "file" && $0["name"]?.string == "/" + path }
        }.first
    }

    // `recipe:files/etc/motd`, `recipe:steps/ca-bundle`, `recipe:helpers/start`.
    private static func reason(_ owner: String, _ path: String) -> ReleaseExplainer.RecipeReason {
        let line = owner.hasPrefix("recipe:") ? String(owner.dropFirst("recipe:".count)) : owner
        let parts = line.split(separator: "/", maxSplits: 1).map(String.init)
        var words = ["/" + path]
        if parts.count == 2 { words += [parts[1], "/" + parts[1]] }
        return .line(owner: owner, words: words + [parts[0]])
    }
}
