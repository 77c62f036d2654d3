// SPDX-License-Identifier: Apache-2.0
// https://sqlite.org/walformat.html "The WAL-Index File Format"
import Glibc
import Synchronization

/// Tells whether a database in WAL mode was written to, without asking it: every commit of any process changes the header of the
/// shared index `<database>-shm`, which is mapped here.
///
/// The descriptor of that file is never closed: closing one drops every lock that SQLite of the same process holds on the file
/// (fcntl(2), "record locks are automatically released"). A process has one for each database.
// The mapping is read-only and lives as long as the process.
final class ChangeCounter: Sendable {
    private let address: UInt?

    /// Nothing ever changes.
    static let constant = ChangeCounter(address: 0)

    private init(address: UInt?) { self.address = address }

    /// The database must be open and have been read from in this process, so that the file is there and stays.
    convenience init(database path: String) { self.init(address: Self.mapping(of: path + "-shm")) }

    /// nil when it cannot be told, also for the moment in which somebody commits.
    var value: UInt64? {
        guard let address else { return nil }
        guard address != 0, let header = UnsafePointer<UInt32>(bitPattern: address) else { return 0 }
        // Two copies of 48 bytes; a writer changes the second first. iChange is word 2, the salts are words 8 and 9.
        let first = (header[2], header[4], header[8], header[9], header[10], header[11])
        atomicMemoryFence(ordering: .acquiring)
        let second = (header[14], header[16], header[20], header[21], header[22], header[23])
        guard first.0 == second.0, first.1 == second.1, first.2 == second.2, first.3 == second.3, first.4 == second.4, first.5 == second.5
        else { return nil }
        return UInt64(first.0) << 32 | UInt64(first.4 ^ first.2)
    }

    private static let length = 136
    private static let known = Mutex<[String: UInt]>([:])

    private static func mapping(of path: String) -> UInt? {
        known.withLock { known in
            var found = stat()
            guard stat(path, &found) == 0, found.st_size >= length else { return nil }
            let key = "\(found.st_dev) \(found.st_ino)"
            if let address = known[key] { return address }
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0, let mapped = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED else {
                return nil
            }
            let address = UInt(bitPattern: mapped)
            // The open descriptor keeps the number of the file from being given to another one.
            known[key] = address
            return address
        }
    }
}
