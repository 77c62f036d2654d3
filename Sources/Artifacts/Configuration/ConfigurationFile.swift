// SPDX-License-Identifier: Apache-2.0
package import Base

/// `ashlar.yaml` in its two parts: lines with one key and one text each, and the block `serve:` with the server's settings.
///
/// Both keep the numbers of their lines: what belongs to the other part is an empty line.
package struct ConfigurationFile: Sendable {
    /// The lines of plain keys.
    package let plain: String
    private let block: String
    private let file: String

    package init(_ text: String, file: String) {
        self.file = file
        var plain: [Substring] = []
        var block: [Substring] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // A block ends where the next key begins.
            if let first = line.first, !first.isWhitespace, first != "#" { isInside = line.hasPrefix("serve:") }
            plain.append(isInside ? "" : line)
            block.append(isInside ? line : "")
        }
        self.plain = plain.joined(separator: "\n")
        self.block = block.joined(separator: "\n")
    }

    /// The server's settings; every mistake in them is told at once, with its place and the nearest right spelling.
    package func serve() throws(Diagnoses) -> ServeConfiguration {
        let root: YAMLNode
        do { root = try YAMLDocument.parse(Array(block.utf8), file: file) } catch { throw Diagnoses([error.diagnosis]) }
        guard let value = root.pairs.first?.value, value.kind != .null else { return ServeConfiguration() }
        var reader = Reader()
        let serve = reader.within("serve") { ServeShape.serve.shape.read(value, &$0) }
        guard reader.problems.isEmpty, let serve else { throw Diagnoses(reader.problems.map(\.diagnosis)) }
        return serve
    }
}
