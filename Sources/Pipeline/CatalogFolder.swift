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
    private static let depthLimit = 32

    /// Every file of the catalog: relative path -> bytes. Hidden files and links are left out.
    package func read() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        try read("", depth: 0, into: &files)
        return files
    }

    // Foundation's enumerator takes several times as long, and this is most of what a run with nothing to do does.
    private func read(_ relative: String, depth: Int, into files: inout [String: [UInt8]]) throws {
        let place = relative.isEmpty ? path : path + "/" + relative
        guard let folder = opendir(place) else {
            guard errno != ENOENT || !relative.isEmpty else { throw CatalogError.missing(folder: path) }
            throw CatalogError.cannotRead(path: place, reason: String(cString: strerror(errno)))
        }
        defer { closedir(folder) }
        guard depth <= Self.depthLimit else { throw CatalogError.cannotRead(path: place, reason: "it is nested too deeply") }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard !name.hasPrefix(".") else { continue }
            let child = relative.isEmpty ? name : relative + "/" + name
            switch Self.kind(path + "/" + child, hint: Int32(entry.pointee.d_type)) {
            case S_IFDIR: try read(child, depth: depth + 1, into: &files)
            case S_IFREG:
                guard files.count < Self.countLimit else {
                    throw CatalogError.cannotRead(path: path, reason: "it holds over \(Self.countLimit) files")
                }
                files[child] = try readFile(child)
            default: continue
            }
        }
    }

    // Not every file system says in a folder what its entries are.
    private static func kind(_ path: String, hint: Int32) -> mode_t {
        switch Int(hint) {
        case Int(DT_DIR): return S_IFDIR
        case Int(DT_REG): return S_IFREG
        case Int(DT_UNKNOWN):
            var found = stat()
            return lstat(path, &found) == 0 ? found.st_mode & S_IFMT : 0
        default: return 0
        }
    }

    package func readFile(_ relative: String) throws -> [UInt8] {
        let place = path + "/" + relative
        let file = open(place, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { throw CatalogError.cannotRead(path: place, reason: "it is missing, a link, or may not be read") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw CatalogError.cannotRead(path: place, reason: "it is not a file")
        }
        // One byte more than allowed tells whether there is more, however large the file is or grows.
        guard let data = try? handle.read(upToCount: Self.sizeLimit + 1) ?? Data() else {
            throw CatalogError.cannotRead(path: place, reason: "reading it failed")
        }
        guard data.count <= Self.sizeLimit else {
            throw CatalogError.cannotRead(path: place, reason: "it has over \(Self.sizeLimit) bytes, which is the most that is allowed")
        }
        return Array(data)
    }

    /// Replaces a file whole: written beside, then renamed.
    package func write(_ bytes: [UInt8], to relative: String) throws {
        let place = path + "/" + relative
        do {
            try Data(bytes).write(to: URL(filePath: place), options: .atomic)
        } catch {
            throw CatalogError.cannotWrite(path: place, reason: error.localizedDescription)
        }
    }

    /// Writes a tree of files whose paths were checked, folders and all. For fresh folders: nothing is replaced.
    package func writeAll(_ files: [String: [UInt8]]) throws {
        for (relative, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let place = URL(filePath: path + "/" + relative)
            do {
                try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: place, options: .withoutOverwriting)
            } catch {
                throw CatalogError.cannotWrite(path: place.path, reason: error.localizedDescription)
            }
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
