// SPDX-License-Identifier: Apache-2.0

/// A ZIP archive of empty members, for readers that go by names.
package enum StoredZip {
    package static func bytes(_ names: [String]) -> [UInt8] {
        func number(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(value >> (8 * $0) & 0xFF) } }
        var (files, directory): ([UInt8], [UInt8]) = ([], [])
        for name in names {
            let common =
                number(20, 2) + number(0, 2 + 2) + number(0, 2) + number(0x21, 2) + number(0, 4 + 4 + 4) + number(name.utf8.count, 2)
            let start = files.count
            files += [0x50, 0x4B, 3, 4] + common + number(0, 2) + Array(name.utf8)
            directory += [0x50, 0x4B, 1, 2] + number(20, 2) + common + number(0, 2 + 2 + 2 + 2 + 4) + number(start, 4) + Array(name.utf8)
        }
        let end = number(0, 4) + number(names.count, 2) + number(names.count, 2) + number(directory.count, 4) + number(files.count, 4)
        return files + directory + [0x50, 0x4B, 5, 6] + end + number(0, 2)
    }
}
