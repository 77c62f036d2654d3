// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Blobs
import Foundation
import Ledger
import Pipeline
import Records
import Sigstore
import Transparency

struct LogVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Reads the whole log: every entry, every tile, the root, the checkpoint's signatures.",
        discussion: "Example: ashlar log verify --log /mnt/copy/log --log-key log.pub")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var log: LogOptions
    @Option(help: "How many known witnesses must have cosigned the checkpoint.") var requireWitnesses = 0
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            var (audit, place) = try await log.withReader(settings) { reader in
                (try await reader.audit(reader.newest()), reader.source.place)
            }
            if audit.seen.cosignatures.count < requireWitnesses {
                audit.faults.append(
                    "\(audit.seen.cosignatures.count) known witnesses have cosigned the checkpoint, not \(requireWitnesses)")
            }
            if format == .json {
                printJSON(audit.json)
            } else if audit.isGood {
                print("verified log \(audit.seen.checkpoint.origin) (\(place))")
                print("  \(audit.entries) entries, \(audit.tiles) tiles, root \(audit.seen.checkpoint.root)")
                for line in audit.seen.evidence { print("  \(line)") }
            }
            guard audit.isGood else { throw LogCommandError.faulty(place, faults: audit.faults) }
        }
    }
}

struct LogAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Checks that every signature of every release is in the log, and verifies every entry.",
        discussion: "Example: ashlar log audit --key cosign.pub --key old-cosign.pub")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var log: LogOptions
    @Option(help: "A public key of the catalog; may be given several times.", completion: .file()) var key: [String] = []
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let paths = key.isEmpty ? [settings.publicKeyFile] : key
            let keys = try paths.map { path in
                guard let data = FileManager.default.contents(atPath: path) else { throw CommandError.keyMissing(path) }
                return try VerificationKey(pem: String(decoding: data, as: UTF8.self))
            }
            let known = try keys + TrustedRebuilders(settings).keys
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
            let (audit, place) = try await log.withReader(settings) { reader in
                let audit = try await LogAuditor(reader, keys: known).audit(reader.newest(), records.releases()) {
                    LocalRepository($0, blobs: blobs, records: records)
                }
                return (audit, reader.source.place)
            }
            let faults = audit.log.faults + audit.faults
            if format == .json {
                var members = audit.log.json.object ?? [:]
                members["releases"] = JSON(audit.releases)
                members["signatures"] = JSON(audit.signatures)
                members["signaturesByOthers"] = JSON(audit.others)
                members["faults"] = JSON(faults)
                members["good"] = .bool(audit.isGood)
                printJSON(.object(members))
            } else if audit.isGood {
                print("audited log \(audit.log.seen.checkpoint.origin) (\(place))")
                print("  \(audit.log.entries) entries, every signature verifies")
                print("  \(audit.releases) releases, all \(audit.signatures) signatures of theirs are in the log")
                if audit.others > 0 { print("  \(audit.others) signatures by others are attached to them, and were not looked for") }
                for line in audit.log.seen.evidence { print("  \(line)") }
            }
            guard audit.isGood else { throw LogCommandError.faulty(place, faults: faults) }
        }
    }
}

extension LogAudit {
    var json: JSON {
        var members = seen.json.object ?? [:]
        members["entries"] = JSON(entries)
        members["tiles"] = JSON(tiles)
        members["good"] = .bool(isGood)
        members["faults"] = JSON(faults)
        return .object(members)
    }
}
