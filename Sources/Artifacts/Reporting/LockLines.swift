// SPDX-License-Identifier: Apache-2.0

/// On which lines of a lock's text its packages stand: where reports point to.
package struct LockLines: Hashable, Sendable {
    /// `catalog/images/python/3.13.lock.json`.
    package let file: String
    private let lines: [String: Int]

    /// - Parameter text: the lock as it is written, one member a line. What is written otherwise has no lines.
    package init(_ text: [UInt8], file: String) {
        self.file = file
        var lines: [String: Int] = [:]
        let prefix = Array(#""name": ""#.utf8)
        for (number, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let member = line.drop { $0 == 0x20 || $0 == 0x09 }
            guard member.starts(with: prefix) else { continue }
            let name = String(decoding: member.dropFirst(prefix.count).prefix { $0 != 0x22 }, as: UTF8.self)
            // Each platform lists it; the first place is as good as any.
            if lines[name] == nil { lines[name] = number + 1 }
        }
        self.lines = lines
    }

    package subscript(package: String) -> Int? { lines[package] }
}
