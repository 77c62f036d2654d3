// SPDX-License-Identifier: Apache-2.0
package import Base

/// `ashlar.yaml` in its parts: lines with one key and one text each, and the blocks `serve:`, `watch:` and `notify:` with settings of their own.
///
/// All keep the numbers of their lines: what belongs to another part is an empty line.
package struct ConfigurationFile: Sendable {
    /// The lines of plain keys.
    package let plain: String
    /// By their first words.
    private let blocks: [String: String]
    private let file: String

    /// The keys that begin a block.
    package static let blockNames = ["serve", "watch", "notify"]

    package init(_ text: String, file: String) {
        self.file = file
        var plain: [Substring] = []
        var blocks: [String: [Substring]] = Dictionary(Self.blockNames.map { ($0, []) }) { first, _ in first }
        var inside: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // A block ends where the next key begins.
            if let first = line.first, !first.isWhitespace, first != "#" {
                inside = Self.blockNames.first { line.hasPrefix($0 + ":") }
            }
            plain.append(inside == nil ? line : "")
            for name in Self.blockNames { blocks[name, default: []].append(inside == name ? line : "") }
        }
        self.plain = plain.joined(separator: "\n")
        self.blocks = blocks.mapValues { $0.joined(separator: "\n") }
    }

    /// The server's settings; every mistake in them is told at once, with its place and the nearest right spelling.
    package func serve() throws(Diagnoses) -> ServeConfiguration {
        try read("serve", ServeShape.serve.shape) ?? ServeConfiguration()
    }

    /// The watcher's settings, in the same way.
    package func watch() throws(Diagnoses) -> WatchConfiguration { try read("watch", WatchShape.watch.shape) ?? WatchConfiguration() }

    /// Who is told what; nil when nothing is said about it.
    package func notify() throws(Diagnoses) -> NotifyConfiguration? { try read("notify", NotifyShape.notify.shape) }

    private func read<Value>(_ name: String, _ shape: Shape<Value>) throws(Diagnoses) -> Value? {
        let root: YAMLNode
        do { root = try YAMLDocument.parse(Array((blocks[name] ?? "").utf8), file: file) } catch { throw Diagnoses([error.diagnosis]) }
        guard let value = root.pairs.first?.value, value.kind != .null else { return nil }
        var reader = Reader()
        let read = reader.within(name) { shape.read(value, &$0) }
        guard reader.problems.isEmpty, let read else { throw Diagnoses(reader.problems.map(\.diagnosis)) }
        return read
    }
}
