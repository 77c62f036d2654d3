// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// The committed inputs of a target: one file each, named for what it is.
package enum Corpus {
    package static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "FuzzTests/Corpus")

    package static func samples(of target: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appending(path: target)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }

    /// Folders of the corpus, sorted.
    package static func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
}
