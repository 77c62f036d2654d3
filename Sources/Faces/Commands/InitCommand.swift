// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Records

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Prepares a catalog: settings, store and signing key, whatever of them is missing.",
        discussion: """
            Recipes are not made: they come with a copy of the starter catalog. In a folder without one everything else is prepared, and
            what can be done next is said.

            Example: ashlar init
            """)
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            if !FileManager.default.fileExists(atPath: Settings.fileName) {
                try Files.write(Settings.template, to: Settings.fileName, mode: 0o644)
                print("wrote \(Settings.fileName)")
            }
            _ = try FileBlobStore(folder: settings.store)
            _ = try RecordStore(folder: settings.store)
            // Where a signer runs by itself its keys are not this command's to make.
            if settings.signer == nil {
                let maker = KeyMaker(settings: settings, passphrase: try Passphrase.find(nil, environment))
                if !settings.keyIsInToken, !FileManager.default.fileExists(atPath: settings.keyFile) { try maker.makeImageKey() }
                if !FileManager.default.fileExists(atPath: settings.logKeyFile) { try maker.makeLogKey(origin: nil) }
            }
            print("catalog \(settings.catalog), store \(settings.store), keys \(settings.keys)")
            for line in Self.advice(settings, hasCatalog: FileManager.default.fileExists(atPath: settings.catalog + "/images")) {
                print(line)
            }
        }
    }

    /// What to type next.
    static func advice(_ settings: Settings, hasCatalog: Bool) -> [String] {
        guard !hasCatalog else { return ["next    ashlar doctor, then ashlar build --all"] }
        return [
            "next    there are no recipes in \(settings.catalog) yet. Either",
            "          cp -r <Ashlar's repository>/{catalog,helpers,feeds} .   then: ashlar build --all",
            "        or, for a registry that others push to:",
            "          ashlar accounts add <name> --grant '**:pull,push' --generate-password   then: ashlar serve",
        ]
    }
}

/// Small files of the command line, written with a mode from the first byte on.
enum Files {
    /// A whole file that is expected to be small.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: limit + 1) else {
            throw CommandError.keyMissing(path)
        }
        guard data.count <= limit else { throw CommandError.foreignKey(path, reason: "it has more than \(limit) bytes") }
        return Array(data)
    }

    /// Takes the place of a file in one step, on disk when it returns.
    static func replace(_ path: String, with bytes: [UInt8], mode: UInt32) throws {
        let beside = path + ".new-\(getpid())"
        unlink(beside)
        try write(bytes, to: beside, mode: mode)
        guard rename(beside, path) == 0 else { throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno))) }
        let folder = open(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    static func write(_ text: String, to path: String, mode: UInt32) throws { try write(Array(text.utf8), to: path, mode: mode) }

    static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno))) }
            bytes = bytes.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno))) }
    }
}
