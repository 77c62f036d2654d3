// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Debian

/// Turns the taken part of one package into one fragment. Pure: bytes in, bytes out.
struct FragmentBuilder {
    let opened: OpenedPackage
    /// For each entry of the package whether it is taken.
    let kept: [Bool]
    /// Whether a layer below took it; nil in the lowest layer that takes something.
    let below: [Bool]?

    private struct Pending {
        var entry: FileEntry
        /// Bytes of a file: from the package's tar, or written here.
        var source: Source
        var hasCapabilities = false
    }
    private enum Source {
        case none
        case body(Range<Int>)
        case text([UInt8])
    }

    /// The fragment's manifest and its tar entries, without the end of an archive.
    func build() throws -> (manifest: Fragment, tar: [UInt8]) {
        var pending = try takenEntries() + statusEntries()
        pending.sort { ImagePath.precedes($0.entry.path, $1.entry.path) }
        let sizes = pending.map(\.entry.size)
        // A header and its padding for each entry; PAX records are rare.
        var writer = TarWriter(reserving: sizes.reduce(0) { $0 + ($1 + 511) / 512 * 512 + 512 })
        var entries: [FileEntry] = []
        var bodies: [Int] = []
        entries.reserveCapacity(pending.count)
        bodies.reserveCapacity(pending.count)
        try opened.tar.withUnsafeBytes { tar in
            for item in pending {
                var entry = item.entry
                let body: Int
                switch item.source {
                case .none:
                    body = entry.kind == .directory ? -1 : try writer.append(entry, body: UnsafeRawBufferPointer(start: nil, count: 0))
                case .body(let range):
                    body = try Self.write(&entry, UnsafeRawBufferPointer(rebasing: tar[range]), item.hasCapabilities, to: &writer)
                case .text(let bytes): body = try bytes.withUnsafeBytes { try Self.write(&entry, $0, false, to: &writer) }
                }
                entries.append(entry)
                bodies.append(body)
            }
        }
        let manifest = Fragment(
            package: opened.deb.name, entries: entries, bodies: bodies, newest: opened.newest, control: opened.deb.controlText,
            copyright: copyright(entries, bodies, writer.bytes), conffiles: opened.deb.conffiles,
            scripts: opened.deb.scripts.map { .init(kind: $0.name, bytes: $0.bytes) }, dropped: dropped, tarSize: writer.bytes.count)
        return (manifest, writer.bytes)
    }

    private var taken: [OpenedPackage.Entry] { zip(opened.entries, kept).compactMap { $1 ? $0 : nil } }

    /// What is in the image so far: taken here or below.
    private var present: [Bool] { below.map { zip(kept, $0).map { $0 || $1 } } ?? kept }

    private var dropped: [String] {
        zip(opened.entries, present).compactMap { $1 || $0.kind == .directory ? nil : $0.path }.sorted(by: ImagePath.precedes)
    }

    private func takenEntries() throws(AssembleError) -> [Pending] {
        let owner = opened.deb.name
        // The first kept name of a set of hard links becomes the file; the others link to it.
        var leaders: [Range<Int>: String] = [:]
        for item in taken where item.kind == .file || item.kind == .hardlink {
            let body = item.tar.body
            if !body.isEmpty, leaders[body].map({ ImagePath.precedes(item.path, $0) }) ?? true { leaders[body] = item.path }
        }
        var pending: [Pending] = []
        pending.reserveCapacity(kept.count)
        for item in taken {
            var entry = FileEntry(
                path: item.path, kind: .file, mode: item.tar.mode & 0o7777, uid: item.tar.uid, gid: item.tar.gid,
                modified: item.tar.modified, owner: owner)
            var source = Source.none
            switch item.kind {
            case .directory: entry.kind = .directory
            case .symlink: (entry.kind, entry.target, entry.mode) = (.symlink, item.target, 0o777)
            case .file, .hardlink:
                if let leader = leaders[item.tar.body], leader != item.path {
                    (entry.kind, entry.target) = (.hardlink, leader)
                } else {
                    entry.size = item.tar.body.count
                    source = .body(item.tar.body)
                }
            case .characterDevice, .blockDevice, .fifo:
                throw .specialFile(package: owner, path: item.path, kind: Self.words(item.kind))
            }
            pending.append(
                Pending(entry: entry, source: source, hasCapabilities: item.tar.extendedAttributes["security.capability"] != nil))
        }
        return pending
    }

    private static func words(_ kind: TarEntry.Kind) -> String {
        switch kind {
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .fifo: "named pipe"
        case .file, .directory, .symlink, .hardlink: kind.rawValue
        }
    }

    // /var/lib/dpkg/status.d as scanners of minimal images read it: the control paragraph, and the digests of what is there.
    // A higher layer that takes more of the package says anew what is there.
    private func statusEntries() -> [Pending] {
        let deb = opened.deb
        let there = zip(opened.entries, present).lazy.filter { $1 && ($0.kind == .file || $0.kind == .hardlink) }
        let files = Set(there.map(\.0.path))
        let sums = deb.md5sums.compactMap { sum -> String? in
            guard let placed = MergedUsr.place(sum.path), files.contains(placed) else { return nil }
            return "\(sum.md5)  \(placed)\n"
        }
        let control = deb.controlText.utf8.last == 0x0A ? deb.controlText : deb.controlText + "\n"
        let records = (below == nil ? [("", control)] : []) + [(".md5sums", sums.joined())]
        return records.map { suffix, text in
            let bytes = Array(text.utf8)
            return Pending(
                entry: FileEntry(
                    path: "\(ImagePath.statusDirectory)/\(deb.name)\(suffix)", kind: .file, mode: 0o644, size: bytes.count,
                    modified: opened.newest, owner: deb.name),
                source: .text(bytes))
        }
    }

    private static func write(
        _ entry: inout FileEntry, _ body: UnsafeRawBufferPointer, _ hasCapabilities: Bool, to writer: inout TarWriter
    ) throws -> Int {
        var hasher = DigestHasher()
        hasher.update(body)
        entry.digest = hasher.finish()
        entry.facts = FileFacts(of: body, path: entry.path, hasCapabilities: hasCapabilities)
        return try writer.append(entry, body: body)
    }

    private func copyright(_ entries: [FileEntry], _ bodies: [Int], _ tar: [UInt8]) -> String? {
        let path = "usr/share/doc/\(opened.deb.name)/copyright"
        guard let index = entries.firstIndex(where: { $0.path == path && $0.kind == .file }) else { return nil }
        return String(decoding: tar[bodies[index]..<bodies[index] + min(entries[index].size, 1 << 20)], as: UTF8.self)
    }
}

extension TarWriter {
    /// Appends one entry of the tree and returns the offset of its body, or -1 when it has none.
    mutating func append(_ entry: FileEntry, body: UnsafeRawBufferPointer) throws -> Int {
        let kind: TarEntry.Kind =
            switch entry.kind {
            case .file: .file
            case .directory: .directory
            case .symlink: .symlink
            case .hardlink: .hardlink
            }
        let header = TarHeader(
            path: entry.path, kind: kind, mode: entry.mode, uid: entry.uid, gid: entry.gid, modified: entry.modified,
            target: entry.target)
        try append(header, body: body)
        return entry.kind == .file ? bytes.count - (body.count + 511) / 512 * 512 : -1
    }
}
