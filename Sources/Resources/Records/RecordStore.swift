// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation
import GRDB

/// What the store knows besides bytes: repositories, tags, releases, builds. One SQLite file, `<store>/records.sqlite`.
///
/// Write-ahead log; every commit is flushed to disk (`synchronous = FULL`). Blobs must be durable before a record names them.
package final class RecordStore: Sendable {
    package enum Access: Sendable {
        /// Creates what is missing and applies changes of the layout. For commands that build.
        case readWrite
        /// Several readers at once, next to a writer in another process. For serving.
        case readOnly
        /// Several readers at once and short writes beside other writers. For serving a registry that takes pushes.
        case serving
    }

    package let path: String
    let reader: any DatabaseReader
    private let writer: (any DatabaseWriter)?
    private let counter: ChangeCounter
    /// Says when what is written happened.
    let clock: @Sendable () -> Timestamp

    package init(
        folder: String, access: Access = .readWrite,
        clock: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }
    ) throws {
        let path = folder + "/records.sqlite"
        self.path = path
        self.clock = clock
        switch access {
        case .readWrite:
            try Self.createFolder(folder)
            let queue = try Self.explaining(path) {
                let queue = try DatabaseQueue(path: path, configuration: Self.configuration())
                try Schema.prepare(queue, path: path)
                return queue
            }
            writer = queue
            reader = queue
            counter = ChangeCounter(database: path)
        case .serving:
            try Self.createFolder(folder)
            let pool = try Self.explaining(path) {
                let pool = try DatabasePool(path: path, configuration: Self.configuration(readers: 4))
                try Schema.prepare(pool, path: path)
                return pool
            }
            writer = pool
            reader = pool
            counter = ChangeCounter(database: path)
        case .readOnly:
            guard FileManager.default.fileExists(atPath: path) else { throw RecordsError.absent(path: path) }
            writer = nil
            reader = try Self.explaining(path) { try Self.openForReading(path) }
            counter = reader is DatabasePool ? ChangeCounter(database: path) : .constant
        }
    }

    /// Differs from an earlier value when any process has committed since; nil when that cannot be told.
    ///
    /// Costs a few loads from memory. What was read after this was asked is at least as new.
    package var generation: UInt64? { counter.value }

    /// Whether this object may write.
    package var isWritable: Bool { writer != nil }

    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try Self.explaining(path) { try reader.read(body) }
    }

    /// One transaction: all of it or nothing.
    func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        guard let writer else { throw RecordsError.cannotWrite(path: path, reason: "it was opened for reading") }
        return try Self.explaining(path) { try writer.write(body) }
    }

    /// Does what `body` does and takes it back; the result says what it would have been.
    func writeAndUndo<Result>(_ body: (Database) throws -> Result) throws -> Result {
        guard let writer else { throw RecordsError.cannotWrite(path: path, reason: "it was opened for reading") }
        return try Self.explaining(path) {
            try writer.writeWithoutTransaction { database in
                var result: Result?
                try database.inTransaction(.immediate) {
                    result = try body(database)
                    return .rollback
                }
                guard let result else { throw RecordsError.failed(path: path, reason: "a transaction had no result") }
                return result
            }
        }
    }

    private static func configuration(readers: Int = 1) -> Configuration {
        var configuration = Configuration()
        configuration.label = "records"
        configuration.maximumReaderCount = readers
        // Seconds. Writers hold the lock for one short transaction.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return configuration
    }

    private static func openForReading(_ path: String) throws -> any DatabaseReader {
        var configuration = configuration(readers: 4)
        configuration.readonly = true
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            if try pool.read({ try Schema.check($0, path: path, mayBeNew: false) }) { return pool }
            // An older version wrote it: it is brought up to date by whoever comes first.
            try pool.close()
            try Schema.prepare(DatabaseQueue(path: path, configuration: Self.configuration()), path: path)
            return try DatabasePool(path: path, configuration: configuration)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN && isAtRest(path) {
            // A store on a read-only mount has no room for the shared index of the log. Without a log there is nothing
            // to share, and nobody can write: SQLite may take the file as it is.
            return try openAtRest(path, configuration)
        }
    }

    /// Opens a file nobody writes, without any lock.
    static func openAtRest(_ path: String, _ configuration: Configuration) throws -> any DatabaseReader {
        let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
        let queue = try DatabaseQueue(path: "file:\(escaped)?immutable=1", configuration: configuration)
        _ = try queue.read { try Schema.check($0, path: path, mayBeNew: false) }
        return queue
    }

    private static func isAtRest(_ path: String) -> Bool {
        !FileManager.default.fileExists(atPath: path + "-wal")
            && !FileManager.default.isWritableFile(atPath: URL(filePath: path).deletingLastPathComponent().path)
    }

    private static func createFolder(_ folder: String) throws {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw RecordsError.cannotWrite(path: folder, reason: "the folder cannot be created: \(error.localizedDescription)")
        }
    }

    private static func explaining<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DatabaseError { throw RecordsError.wrapping(error, path: path) }
    }
}
