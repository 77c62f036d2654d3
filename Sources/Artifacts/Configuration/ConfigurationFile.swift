// SPDX-License-Identifier: Apache-2.0
package import Base

/// `ashlar.yaml` in its parts: lines with one key and one text each, and the blocks `serve:` and `watch:` with settings of their own.
///
/// All keep the numbers of their lines: what belongs to another part is an empty line.
package struct ConfigurationFile: Sendable {
    /// The lines of plain keys.
    package let plain: String
    private let blocks: [String: String]
    private let file: String

    package static let blockNames = ["serve", "watch"]

    package init(_ text: String, file: String) {
        self.file = file
        var plain: [Substring] = []
        var blocks = Dictionary(uniqueKeysWithValues: Self.blockNames.map { ($0, [Substring]()) })
        var current: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // A block ends where the next key begins.
            if let first = line.first, !first.isWhitespace, first != "#" {
                current = Self.blockNames.first { line.hasPrefix($0 + ":") }
            }
            plain.append(current == nil ? line : "")
            for name in Self.blockNames { blocks[name, default: []].append(current == name ? line : "") }
        }
        self.plain = plain.joined(separator: "\n")
        self.blocks = blocks.mapValues { $0.joined(separator: "\n") }
    }

    /// The server's settings; every mistake in them is told at once, with its place and the nearest right spelling.
    package func serve() throws(Diagnoses) -> ServeConfiguration { try read("serve", as: ServeShape.serve) }

    /// The watcher's settings, in the same way.
    package func watch() throws(Diagnoses) -> WatchConfiguration { try read("watch", as: WatchShape.watch) }

    private func read<Value: Sendable>(_ name: String, as record: RecordShape<Value>) throws(Diagnoses) -> Value {
        let root: YAMLNode
        do { root = try YAMLDocument.parse(Array((blocks[name] ?? "").utf8), file: file) } catch { throw Diagnoses([error.diagnosis]) }
        guard let value = root.pairs.first?.value, value.kind != .null else { return record.empty() }
        var reader = Reader()
        let settings = reader.within(name) { record.shape.read(value, &$0) }
        guard reader.problems.isEmpty, let settings else { throw Diagnoses(reader.problems.map(\.diagnosis)) }
        return settings
    }
}
