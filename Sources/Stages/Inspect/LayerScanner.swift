// SPDX-License-Identifier: Apache-2.0
package import Archive
import Artifacts
import Base
import Ecosystems

/// Takes the entries of one layer as they come and reads each file while its bytes are at hand.
package struct LayerScanner: TarStreamReceiver {
    package private(set) var layer: ScannedLayer
    private let limits: InspectionLimits
    private let allowance: InspectionAllowance
    private var current: ScannedEntry?
    private var expected = 0
    private var received = 0
    private var buffer: [UInt8] = []
    private var hasher = DigestHasher()
    private var unreadCount = 0

    package init(number: Int, limits: InspectionLimits, sharing allowance: InspectionAllowance) {
        self.allowance = allowance
        layer = ScannedLayer(number: number)
        self.limits = limits
    }

    package mutating func begin(_ entry: TarStreamEntry) throws(ArchiveError) {
        current = nil
        expected = entry.size
        received = 0
        if let trouble = entry.trouble { return unread(entry.path, trouble) }
        // The root itself, of which only the mode could matter.
        guard !entry.path.isEmpty else { return }
        let slash = entry.path.utf8.lastIndex(of: 0x2F)
        let name = slash.map { entry.path[entry.path.utf8.index(after: $0)...] } ?? entry.path[...]
        if name.hasPrefix(".wh.") {
            let folder = slash.map { String(entry.path[..<$0]) } ?? ""
            if name == ".wh..wh..opq" {
                layer.opaqueFolders.append(folder)
            } else if name.hasPrefix(".wh..wh.") {
                // Files of AUFS's own: no content.
            } else {
                layer.whiteouts.append((folder.isEmpty ? "" : folder + "/") + name.dropFirst(4))
            }
            return
        }
        if entry.path.utf8.count(where: { $0 == 0x2F }) >= limits.depth {
            return unread(entry.path, "it lies more than \(limits.depth) folders deep")
        }
        guard layer.entries.count < limits.entries else { throw .tooMany(.tar, what: "entries", limit: limits.entries) }
        var scanned = ScannedEntry(path: entry.path, kind: Self.kind(entry.kind), mode: entry.mode, uid: entry.uid, gid: entry.gid)
        scanned.hasCapabilities = entry.extendedAttributes["security.capability"] != nil
        scanned.target = entry.target
        scanned.size = scanned.kind == .file ? entry.size : 0
        current = scanned
        if scanned.kind == .file, entry.size > limits.fileBytes { hasher = DigestHasher() }
    }

    package mutating func body(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard current?.kind == .file else { return }
        received += bytes.count
        if expected > limits.fileBytes {
            hasher.update(bytes)
        } else if bytes.count == expected {
            // The whole file in one piece: nothing is copied.
            try read(bytes)
        } else {
            buffer.append(contentsOf: bytes)
        }
    }

    package mutating func end() throws(ArchiveError) {
        defer {
            current = nil
            buffer.removeAll(keepingCapacity: buffer.capacity <= 4 << 20)
        }
        guard var entry = current else { return }
        if entry.kind == .file {
            if expected > limits.fileBytes {
                entry.digest = hasher.finish()
                hasher = DigestHasher()
                unread(entry.path, "it has \(expected) bytes: it was hashed, and not looked into")
                layer.entries.append(entry)
                return
            } else if !buffer.isEmpty || expected == 0 {
                let whole = buffer
                buffer = []
                try whole.withUnsafeBufferPointer { (buffer) throws(ArchiveError) in try read(UnsafeRawBufferPointer(buffer)) }
            }
            guard let read = current else { return }
            entry = read
        }
        layer.entries.append(entry)
    }

    package mutating func finish(size: Int, unpackedSize: Int) {
        layer.size = size
        layer.unpackedSize = unpackedSize
        if unreadCount > limits.unread { layer.unread.append(note("", "\(unreadCount - limits.unread) more things were not read")) }
    }

    /// One line about what cannot be known.
    package mutating func unread(_ path: String, _ reason: String) {
        unreadCount += 1
        if unreadCount <= limits.unread { layer.unread.append(note(path, reason)) }
    }

    private func note(_ path: String, _ reason: String) -> Unread { Unread(path: path, layer: layer.number, reason: reason) }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard var entry = current else { return }
        entry.digest = Digest.sha256(of: bytes)
        var reader = FileReader(entry.path, bytes)
        entry.findings = reader.findings()
        if let reading = entry.findings?.reading { try allowance.spend(reading) }
        current = entry
        for fault in reader.faults { unread(entry.path, fault) }
    }

    private static func kind(_ kind: TarEntry.Kind) -> ScannedEntry.Kind {
        switch kind {
        case .file: .file
        case .directory: .directory
        case .symlink: .symlink
        case .hardlink: .hardlink
        case .characterDevice, .blockDevice: .device
        case .fifo: .fifo
        }
    }
}
