// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Blobs
import Foundation
import Ledger
import Pipeline
import Records

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the store into a folder, while it is in use, and checks the copy.",
        discussion: """
            The folder is a store again: it can be served, checked and restored. A backup into the same folder again copies what is new.
            Signing keys are not in the store, and not in the backup.

            Example: ashlar backup /backups/catalog
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The folder to copy to.", completion: .directory) var folder: String
    @Flag(help: "Link blobs instead of copying them: quick and small, but a disk that alters one alters both.") var link = false

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let (folder, way) = (folder, link ? FolderCopy.Way.link : .copy)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            try await interruptible {
                // Nothing is collected while it is copied; builds and pushes go on.
                let summary = try await StoreLock.whileHeld(
                    store: settings.store, for: .keep, onWait: { _ in Progress().say("waiting for a collection or another backup") }
                ) { try await StoreBackup(from: settings.store, to: folder, by: way).run(records: records) }
                try await Self.verify(folder, settings)
                print("backed up \(summary.blobs) blobs to \(folder), \(Size.text(summary.bytesWritten)) written, and checked all of it")
            }
        }
    }

    static func verify(_ store: String, _ settings: Settings) async throws {
        let faults = try await CheckStore.check(store).faults.map(\.text)
        guard faults.isEmpty else { throw CommandError.storeFaults(path: store, faults: faults) }
        let folder = store + "/log"
        guard FileManager.default.fileExists(atPath: folder + "/checkpoint") else { return }
        guard let key = try LogKeys.published(settings) else {
            return Progress().say("the log in \(folder) was not checked, since there is no \(settings.logPublicKeyFile)")
        }
        let reader = LogReader(LogFolder(folder), key: key)
        let audit = try await reader.audit(reader.newest())
        guard audit.isGood else { throw LogCommandError.faulty(folder, faults: audit.faults) }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes a store of a backup, after checking it.",
        discussion: "The store's folder must not hold a store.\n\nExample: ashlar restore /backups/catalog --store .ashlar")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The folder that `ashlar backup` wrote.", completion: .directory) var folder: String

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let folder = folder
            try await interruptible {
                try await BackupCommand.verify(folder, settings)
                let summary = try await StoreBackup(from: folder, to: settings.store, by: .copy).restore()
                try await BackupCommand.verify(settings.store, settings)
                print("restored \(summary.blobs) blobs into \(settings.store) and checked all of it")
            }
        }
    }
}
