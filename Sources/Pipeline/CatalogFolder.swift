// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import Foundation

/// The catalog's folder on disk: reads it whole, once, with bounds, and writes locks back.
package struct CatalogFolder: Sendable {
    package let path: String
    package init(path: String) { self.path = path }

    private static let sizeLimit = 4 << 20
    private static let countLimit = 100_000

    /// Every file of the catalog: relative path -> bytes. Hidden files and links are left out.
    package func read() throws -> [String: [UInt8]] {
        guard let enumerator = FileManager.default.enumerator(atPath: path) else {
            throw PipelineError.cannotRead(path: path, reason: "there is no such folder")
        }
        var files: [String: [UInt8]] = [:]
        while let relative = enumerator.nextObject() as? String {
            if relative.hasPrefix(".") || relative.contains("/.") { continue }
            guard enumerator.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
            guard files.count < Self.countLimit else {
                throw PipelineError.cannotRead(path: path, reason: "it holds over \(Self.countLimit) files")
            }
            files[relative] = try readFile(relative)
        }
        return files
    }

    package func readFile(_ relative: String) throws -> [UInt8] {
        let place = path + "/" + relative
        let file = open(place, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { throw PipelineError.cannotRead(path: place, reason: "it is missing, a link, or may not be read") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw PipelineError.cannotRead(path: place, reason: "it is not a file")
        }
        // One byte more than allowed tells whether there is more, however large the file is or grows.
        guard let data = try? handle.read(upToCount: Self.sizeLimit + 1) ?? Data() else {
            throw PipelineError.cannotRead(path: place, reason: "reading it failed")
        }
        guard data.count <= Self.sizeLimit else {
            throw PipelineError.cannotRead(path: place, reason: "it has over \(Self.sizeLimit) bytes, which is the most that is allowed")
        }
        return Array(data)
    }

    /// Replaces a file whole: written beside, then renamed.
    package func write(_ bytes: [UInt8], to relative: String) throws {
        let place = path + "/" + relative
        do {
            try Data(bytes).write(to: URL(filePath: place), options: .atomic)
        } catch {
            throw PipelineError.cannotRead(path: place, reason: "it could not be written: \(error.localizedDescription)")
        }
    }

    /// One digest over the paths and bytes of the given files: what decides whether anything is to be done.
    package static func digest(of files: [String: [UInt8]], where isRelevant: (String) -> Bool) -> Digest {
        var hasher = DigestHasher()
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) where isRelevant(path) {
            // Lengths first, so that no name can pass for another file's contents.
            hasher.update(Array("\(path.utf8.count) \(bytes.count) \(path)\n".utf8))
            hasher.update(bytes)
        }
        return hasher.finish()
    }
}
