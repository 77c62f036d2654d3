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
        discussion: "Example: ashlar init")
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            if !FileManager.default.fileExists(atPath: Settings.fileName) {
                try Files.write(Settings.template, to: Settings.fileName, mode: 0o644)
                print("wrote \(Settings.fileName)")
            }
            guard FileManager.default.fileExists(atPath: settings.catalog + "/images") else {
                throw CommandError.cannotWrite(
                    settings.catalog, reason: "there is no catalog; clone the starter catalog, or make images/ and suites/ in it")
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
        }
    }
}

/// Small files of the command line, written with a mode from the first byte on.
enum Files {
    static func write(_ text: String, to path: String, mode: UInt32) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno))) }
            bytes = bytes.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno))) }
    }
}
