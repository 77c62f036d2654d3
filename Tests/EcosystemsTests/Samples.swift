// SPDX-License-Identifier: Apache-2.0
import Ecosystems
import Foundation

/// Samples that the fuzzers begin with serve here too: files made for the project, none is taken from somebody's package.
enum Samples {
    static func bytes(_ parser: String, _ name: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: tests.appending(path: "FuzzTests/Corpus/\(parser)/\(name)")))
    }
}

extension OwnedPaths {
    var paths: [String] {
        var paths: [String] = []
        forEach { paths.append($0) }
        return paths
    }
}
