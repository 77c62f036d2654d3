// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import ELF

/// What the dynamic linker and the kernel read in one file.
struct Linkage: Sendable {
    /// Nil for a script.
    var facts: ELFFacts?
    var versions = SymbolVersions()
    /// `/usr/bin/python3` of `#!/usr/bin/python3 -I`; `python3` of `#!/usr/bin/env python3`.
    var interpreter: String?

    /// Nil for a file that is neither a program nor a library, and for one that cannot be read as such: no kernel runs it either.
    init?(_ bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) {
            guard let facts = (try? ELFReader.facts(of: bytes)) ?? nil, facts.kind == "executable" || facts.kind == "library" else {
                return nil
            }
            self.facts = facts
            versions = ((try? ELFReader.symbolVersions(of: bytes)) ?? nil) ?? SymbolVersions()
            return
        }
        guard let interpreter = Self.interpreter(bytes) else { return nil }
        self.interpreter = interpreter
    }

    // execve(2): at most 255 bytes of the first line.
    private static func interpreter(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count > 2, bytes[0] == 0x23, bytes[1] == 0x21 else { return nil }
        let line = bytes[2...].prefix(253).prefix { $0 != 0x0A && $0 != 0 }
        var words = String(decoding: line, as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })[...]
        guard let first = words.popFirst() else { return nil }
        guard first.hasSuffix("/env") else { return String(first) }
        // `env -S python3 -u`, `env VAR=1 python3`.
        return words.first { !$0.hasPrefix("-") && !$0.contains("=") }.map(String.init) ?? String(first)
    }
}

extension Inspector {
    /// Lays layers over one another, lowest first, and gives the root with what its programs need. Numbers of layers are their places.
    package func root(of layers: [ScannedLayer]) throws(InspectError) -> LayeredRoot {
        guard layers.count <= limits.layers else { throw .tooMany(what: "layers", limit: limits.layers) }
        let count = layers.reduce(0) { $0 + $1.entries.count }
        guard count <= limits.entries else { throw .tooMany(what: "entries", limit: limits.entries) }
        var tree = RootTree()
        var root = LayeredRoot()
        for (number, layer) in layers.enumerated() {
            var layer = layer
            layer.number = number
            root.unread += layer.unread.map { Unread(path: $0.path, layer: number, reason: $0.reason) }
            root.unread += tree.apply(layer)
        }
        tree.forEach { path, node in
            root.tree.entries.append(Self.entry(path, node.entry))
            root.layers[path] = node.layer
            if let versions = node.entry.findings?.linkage?.versions, !versions.isEmpty { root.versions[path] = versions }
        }
        root.tree.entries.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return root
    }

    private static func entry(_ path: String, _ scanned: ScannedEntry) -> FileEntry {
        let kind: FileEntry.Kind =
            switch scanned.kind {
            case .file, .device, .fifo: .file
            case .directory: .directory
            case .symlink: .symlink
            case .hardlink: .hardlink
            }
        var entry = FileEntry(
            path: path, kind: kind, mode: scanned.mode, uid: scanned.uid, gid: scanned.gid, size: scanned.size, digest: scanned.digest,
            target: scanned.target, owner: "")
        if let linkage = scanned.findings?.linkage {
            entry.facts = FileFacts(elf: linkage.facts, interpreter: linkage.interpreter, hasCapabilities: scanned.hasCapabilities)
        } else if scanned.hasCapabilities {
            entry.facts = FileFacts(hasCapabilities: true)
        }
        return entry
    }
}
