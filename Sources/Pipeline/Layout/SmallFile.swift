// SPDX-License-Identifier: Apache-2.0
import Blobs
import Foundation

/// Files that somebody else wrote, looked at before they are opened: opening a pipe would wait for ever.
enum SmallFile {
    /// The whole file; nil when there is none.
    static func read(_ path: String, limit: Int, tooLarge: (Int) -> any Error) throws -> [UInt8]? {
        guard let size = try size(of: path) else { return nil }
        guard size <= limit else { throw tooLarge(size) }
        return try MappedFile(path: path).array
    }

    static func isRegular(_ path: String) throws -> Bool { try size(of: path) != nil }

    // Of a regular file, following no link at its last name.
    private static func size(of path: String) throws -> Int? {
        guard let found = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        guard found[.type] as? FileAttributeType == .typeRegular else { throw BlobsError.notAFile(path: path) }
        return (found[.size] as? NSNumber)?.intValue
    }
}
