// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import ELF

/// A fragment's manifest as kept in the cache: a warm build reads some forty, each with up to thousands of entries.
///
/// Numbers are variable-length (LEB128), texts carry their length, a path shares the beginning of the one before it.
enum FragmentCodec {
    static func encode(_ fragment: Fragment) -> [UInt8] {
        var writer = ByteWriter()
        writer.text(fragment.package)
        writer.number(fragment.newest)
        writer.number(fragment.tarSize)
        writer.text(fragment.control)
        writer.optional(fragment.copyright)
        writer.list(fragment.conffiles) { $0.text($1) }
        writer.list(fragment.scripts) { writer, script in
            writer.text(script.kind)
            writer.bytes(script.bytes)
        }
        writer.list(fragment.dropped) { $0.text($1) }
        var last: [UInt8] = []
        writer.list(Array(zip(fragment.entries, fragment.bodies))) { writer, item in
            let path = Array(item.0.path.utf8)
            let shared = zip(last, path).prefix { $0 == $1 }.count
            writer.number(shared)
            writer.bytes(path[shared...])
            last = path
            encode(item.0, body: item.1, to: &writer)
        }
        return writer.output
    }

    /// Nil for anything that `encode` did not write.
    static func decode(_ bytes: [UInt8]) -> Fragment? {
        bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            var fragment = Fragment(
                package: reader.text(), entries: [], bodies: [], newest: reader.number(), control: "", scripts: [], dropped: [],
                tarSize: reader.number())
            fragment.control = reader.text()
            fragment.copyright = reader.optional()
            fragment.conffiles = reader.list { $0.text() }
            fragment.scripts = reader.list { Fragment.Script(kind: $0.text(), bytes: Array($0.bytes())) }
            fragment.dropped = reader.list { $0.text() }
            var path: [UInt8] = []
            let items = reader.list { reader -> (FileEntry, Int) in
                let shared = reader.number()
                guard shared >= 0, shared <= path.count else {
                    reader.fail()
                    return (FileEntry(path: "", kind: .file, mode: 0, owner: ""), -1)
                }
                path.removeLast(path.count - shared)
                path.append(contentsOf: reader.bytes())
                return entry(&reader, path: String(decoding: path, as: UTF8.self), owner: fragment.package)
            }
            fragment.entries = items.map(\.0)
            fragment.bodies = items.map(\.1)
            return reader.isFinished ? fragment : nil
        }
    }

    private static let kinds: [FileEntry.Kind] = [.file, .directory, .symlink, .hardlink]

    private static func encode(_ entry: FileEntry, body: Int, to writer: inout ByteWriter) {
        writer.number(kinds.firstIndex(of: entry.kind) ?? 0)
        writer.number(entry.mode)
        writer.number(entry.uid)
        writer.number(entry.gid)
        writer.number(entry.size)
        writer.number(entry.modified)
        writer.number(body + 1)
        writer.bytes(entry.digest?.bytes ?? [])
        writer.optional(entry.target)
        writer.optional(entry.facts, encode)
    }

    private static func entry(_ reader: inout ByteReader, path: String, owner: String) -> (FileEntry, Int) {
        let kind = reader.number()
        var entry = FileEntry(path: path, kind: .file, mode: reader.number(), owner: owner)
        if kinds.indices.contains(kind) { entry.kind = kinds[kind] } else { reader.fail() }
        entry.uid = reader.number()
        entry.gid = reader.number()
        entry.size = reader.number()
        entry.modified = reader.number()
        // Wrapping: a damaged number must not stop the program.
        let body = reader.number() &- 1
        let digest = reader.bytes()
        if !digest.isEmpty { entry.digest = Digest(hex: Hex.encode(digest)) }
        entry.target = reader.optional()
        entry.facts = reader.optional(facts)
        return (entry, body)
    }

    private static func encode(_ facts: FileFacts, to writer: inout ByteWriter) {
        writer.number(facts.hasCapabilities ? 1 : 0)
        writer.optional(facts.interpreter)
        writer.list(facts.secrets) { $0.text($1) }
        writer.optional(facts.elf) { elf, writer in
            writer.text(elf.machine)
            writer.text(elf.kind)
            writer.optional(elf.interpreter)
            writer.optional(elf.soname)
            writer.optional(elf.buildID)
            for texts in [elf.needed, elf.runPath, elf.flags] { writer.list(texts) { $0.text($1) } }
        }
    }

    private static func facts(_ reader: inout ByteReader) -> FileFacts {
        var facts = FileFacts(hasCapabilities: reader.number() == 1)
        facts.interpreter = reader.optional()
        facts.secrets = reader.list { $0.text() }
        facts.elf = reader.optional { reader in
            var elf = ELFFacts(machine: reader.text(), kind: reader.text())
            elf.interpreter = reader.optional()
            elf.soname = reader.optional()
            elf.buildID = reader.optional()
            elf.needed = reader.list { $0.text() }
            elf.runPath = reader.list { $0.text() }
            elf.flags = reader.list { $0.text() }
            return elf
        }
        return facts
    }
}
