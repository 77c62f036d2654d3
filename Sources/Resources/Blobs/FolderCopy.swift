// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Copies the files of a store from one folder into another, durable file by file.
package struct FolderCopy: Sendable {
    package enum Way: Sendable {
        /// The bytes are written again.
        case copy
        /// The same file gets a second name where that can be; a disk that alters one alters both.
        case link
    }

    let source: String
    let target: String
    let way: Way

    package init(from source: String, to target: String, by way: Way) {
        self.source = source
        self.target = target
        self.way = way
    }

    /// Names of files and folders directly in the source.
    package var names: [String] { Folder.names(in: source).sorted() }

    /// Copies one file, unless the target has one of this name and size; says how many bytes were written.
    ///
    /// `path` is relative; folders that are missing are created. A reader of the target sees all of the file or nothing.
    package func copy(file path: String) throws -> Int {
        let (from, to) = (source + "/" + path, target + "/" + path)
        let file = try OpenFile(from, O_RDONLY | O_NOFOLLOW, for: "read")
        let size = try file.regularSize()
        if try Folder.size(of: to) == size { return 0 }
        if let slash = to.lastIndex(of: "/") { try Folder.create(String(to[..<slash])) }
        if way == .link {
            if Glibc.link(from, to) == 0 { return 0 }
            guard errno == EXDEV || errno == EPERM || errno == EMLINK else { throw BlobsError.last("link", to) }
        }
        let temporary = to + ".new"
        unlink(temporary)
        let status = try file.status()
        let copy = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: status.st_mode & 0o777, for: "write")
        do {
            var failure: BlobsError?
            try file.forEachPiece { piece in
                guard failure == nil else { return }
                do throws(BlobsError) { try copy.write(piece) } catch { failure = error }
            }
            if let failure { throw failure }
            try copy.sync()
            try Folder.rename(temporary, to: to)
        } catch {
            unlink(temporary)
            throw error
        }
        return size
    }

    /// Copies a folder with everything below it, at most so deep; links and other things that are not files are left out.
    package func copy(folder path: String, depth: Int = 8) throws -> Int {
        try Folder.create(target + "/" + path)
        var count = 0
        for name in Folder.names(in: source + "/" + path).sorted() {
            let inner = path + "/" + name
            switch Self.kind(of: source + "/" + inner) {
            case S_IFREG: count += try copyIfThere(inner)
            case S_IFDIR where depth > 0: count += try copy(folder: inner, depth: depth - 1)
            default: continue
            }
        }
        try Folder.sync(target + "/" + path)
        return count
    }

    /// Makes the names in a folder of the target durable.
    package func sync(_ path: String) throws { try Folder.sync(target + (path.isEmpty ? "" : "/" + path)) }

    /// Whether the source has a file of this name.
    package func hasFile(_ path: String) -> Bool { Self.kind(of: source + "/" + path) == S_IFREG }
    package func hasFolder(_ path: String) -> Bool { Self.kind(of: source + "/" + path) == S_IFDIR }

    // A live store replaces files while they are listed.
    private func copyIfThere(_ path: String) throws -> Int {
        do { return try copy(file: path) } catch BlobsError.failed(_, _, ENOENT) { return 0 }
    }

    private static func kind(of path: String) -> mode_t {
        var found = stat()
        return lstat(path, &found) == 0 ? found.st_mode & S_IFMT : 0
    }
}
