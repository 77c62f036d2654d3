// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// The folder of temporary files. Whoever writes one holds its lock, so that what is unlocked and old was left behind.
struct Incoming: Sendable {
    let folder: String
    private static let counter = Atomic<Int>(0)
    /// Seconds after which an unlocked file is taken for a leftover.
    private let patience: Int

    init(folder: String, patience: Int = 3600) {
        self.folder = folder
        self.patience = patience
    }

    /// A name no other thread or process uses.
    func newPath() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        return "\(folder)/\(getpid())-\(now.tv_sec)\(now.tv_nsec)-\(number)"
    }

    func newFile() throws(BlobsError) -> OpenFile {
        let file = try OpenFile(newPath(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o444, for: "write")
        _ = file.tryLock()
        return file
    }

    /// Removes files that are old and that no process has locked, with names that end in `suffix`.
    func sweep(suffix: String = "") {
        for name in Folder.names(in: folder) where suffix.isEmpty || name.hasSuffix(suffix) {
            let path = folder + "/" + name
            var found = stat()
            guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG, time(nil) - found.st_mtim.tv_sec > patience,
                let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW, for: "read"), file.tryLock()
            else { continue }
            unlink(path)
        }
    }
}
