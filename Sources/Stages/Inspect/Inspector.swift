// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
import Base
import Ecosystems

/// Looks at any image: its layers one by one, then what a container of it would see.
package struct Inspector: Sendable {
    package let limits: InspectionLimits

    package init(limits: InspectionLimits = InspectionLimits()) { self.limits = limits }

    /// Reads one layer, which may be packed with gzip or zstd, or not at all: its bytes say it.
    ///
    /// - Parameter allowance: shared by the layers of one image.
    package func scan(
        _ layer: UnsafeRawBufferPointer, number: Int, sharing allowance: InspectionAllowance
    ) throws(InspectError) -> ScannedLayer {
        var scanner = LayerScanner(number: number, limits: limits, sharing: allowance)
        var stream = TarStream(limits: TarLimits(entries: 4 * limits.entries, bodyBytes: limits.layerBytes, end: .optional))
        var unpackedSize = 0
        var failure: ArchiveError?
        func feed(_ chunk: UnsafeRawBufferPointer) -> ChunkDemand {
            unpackedSize += chunk.count
            do throws(ArchiveError) { try stream.read(chunk, into: &scanner) } catch {
                failure = error
                return .stop
            }
            return .more
        }
        let most = limits.unpacked(layer.count)
        do throws(ArchiveError) {
            try Self.unpack(layer, limit: most, feed)
            if let failure { throw failure }
            try stream.finish()
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge(number: number, packed: layer.count, limit: most)
            case .tooMany(_, let what, let limit): throw .tooMany(what: what, limit: limit)
            default: throw .unreadableLayer(number: number, reason: error.diagnosis.summary)
            }
        }
        scanner.finish(size: layer.count, unpackedSize: unpackedSize)
        return scanner.layer
    }

    // Small layers are unpacked whole by the faster library, and their files are then not copied either.
    private static let wholeBytes = 64 << 20

    private static func unpack(
        _ layer: UnsafeRawBufferPointer, limit: Int, _ feed: (UnsafeRawBufferPointer) -> ChunkDemand
    ) throws(ArchiveError) {
        if layer.starts(with: [0x1F, 0x8B]) {
            if layer.count <= wholeBytes {
                do throws(ArchiveError) {
                    let content = try Gzip.decode(layer, limit: min(limit, 4 * wholeBytes))
                    content.withUnsafeBytes { _ = feed($0) }
                    return
                } catch .tooLarge {}
            }
            try GzipStream.decode(layer, limit: limit, onChunk: feed)
        } else if layer.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            try Zstd.decode(layer, limit: limit, onChunk: feed)
        } else {
            _ = feed(layer)
        }
    }

    /// Lays the layers over one another, lowest first, and tells what is there.
    package func inventory(of layers: [ScannedLayer], as subject: ForeignSubject, ports: [String]) throws(InspectError) -> ForeignInventory
    {
        guard layers.count <= limits.layers else { throw .tooMany(what: "layers", limit: limits.layers) }
        let count = layers.reduce(0) { $0 + $1.entries.count }
        guard count <= limits.entries else { throw .tooMany(what: "entries", limit: limits.entries) }
        var tree = RootTree()
        var inventory = ForeignInventory(subject: subject)
        for layer in layers {
            inventory.unread += layer.unread
            inventory.unread += tree.apply(layer)
            if layer.digest != nil || layers.count > 1 {
                inventory.layers.append(
                    InspectedLayer(
                        digest: layer.digest, size: layer.size, unpackedSize: layer.unpackedSize, entries: layer.entries.count))
            }
        }
        inventory.distribution = distribution(tree)
        let owners = self.owners(tree)
        var packages: [ForeignPackage] = []
        tree.forEach { path, node in
            guard node.entry.kind != .directory else { return }
            let owner = owners[path]
            inventory.files.append(Self.file(path, node, owner: owner))
            for package in node.entry.findings?.reading?.packages ?? [] {
                packages.append(
                    ForeignPackage(
                        package, on: inventory.distribution, path: path, layer: node.layer,
                        owner: package.ecosystem.isSystem ? nil : owner.flatMap { $0.contains("/") ? nil : $0 }))
            }
        }
        inventory.packages = Self.sorted(packages)
        inventory.surface = SurfaceReader.read(tree)
        inventory.surface.ports = ports.sorted()
        let user = (subject.user ?? "").prefix { $0 != ":" }
        inventory.surface.runsAsRoot = user.isEmpty || user == "root" || Int(user) == 0
        inventory.secrets = secrets(layers, tree)
        inventory.unread.sort { ($0.layer, $0.path, $0.reason) < ($1.layer, $1.path, $1.reason) }
        if inventory.unread.count > limits.unread {
            let more = inventory.unread.count - limits.unread
            inventory.unread.removeLast(more)
            inventory.unread.append(Unread(path: "", layer: 0, reason: "\(more) more things were not read"))
        }
        return inventory
    }

    private func distribution(_ tree: RootTree) -> Distribution? {
        for path in ["etc/os-release", "usr/lib/os-release"] {
            if let node = tree.find(path, following: true), let found = tree.nodes[node].entry.findings?.distribution { return found }
        }
        return nil
    }

    // Lists of packages name paths as they were before links replaced folders: they are looked up, not compared.
    private func owners(_ tree: RootTree) -> [String: String] {
        var paths: [Int: String] = [:]
        var owned: [(list: OwnedPaths, isSystem: Bool)] = []
        tree.forEach { _, node in
            guard let findings = node.entry.findings, let reading = findings.reading else { return }
            for list in reading.owned { owned.append((list, findings.isSystem)) }
        }
        // What a system's package lists is the system's, also when a language's list names it too.
        for (list, isSystem) in owned where !isSystem {
            list.forEach { path in if let node = tree.find(path, following: false) { paths[node] = "pypi/\(list.package)" } }
        }
        for (list, isSystem) in owned where isSystem {
            list.forEach { path in if let node = tree.find(path, following: false) { paths[node] = list.package } }
        }
        guard !paths.isEmpty else { return [:] }
        var byPath: [String: String] = [:]
        tree.forEachIndexed { path, index in if let name = paths[index] { byPath[path] = name } }
        return byPath
    }

    private func secrets(_ layers: [ScannedLayer], _ tree: RootTree) -> [FoundSecret] {
        var found: [FoundSecret] = []
        for layer in layers {
            for entry in layer.entries {
                guard let findings = entry.findings, !findings.secrets.isEmpty else { continue }
                let seen = tree.find(entry.path, following: false).map { tree.nodes[$0] }
                let isHidden = seen?.layer != layer.number || seen?.entry.digest != entry.digest
                found.append(FoundSecret(path: entry.path, kinds: findings.secrets, layer: layer.number, isHidden: isHidden))
            }
        }
        return found.sorted { ($0.path, $0.layer) < ($1.path, $1.layer) }
    }

    private static func file(_ path: String, _ node: RootTree.Node, owner: String?) -> ForeignFile {
        let entry = node.entry
        let kind: ForeignFile.Kind =
            switch entry.kind {
            case .file, .directory: .file
            case .symlink: .symlink
            case .hardlink: .hardlink
            case .device: .device
            case .fifo: .fifo
            }
        var file = ForeignFile(
            path: path, kind: kind, mode: entry.mode, uid: entry.uid, gid: entry.gid, size: entry.size, digest: entry.digest,
            target: entry.target, layer: node.layer)
        file.owner = owner
        return file
    }

    // The same package may be told of by several files; each place is a line.
    private static func sorted(_ packages: [ForeignPackage]) -> [ForeignPackage] {
        packages.sorted {
            ($0.ecosystem.rawValue, $0.name, $0.version, $0.path, $0.architecture ?? "")
                < ($1.ecosystem.rawValue, $1.name, $1.version, $1.path, $1.architecture ?? "")
        }
    }
}
