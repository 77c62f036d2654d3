// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Foundation
import Ledger
import Transparency

struct LogShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the log's checkpoint, or an entry with its proof.",
        discussion: "Example: ashlar log show\n         ashlar log show 17 --proof 17.tlog-proof")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var log: LogOptions
    @Argument(help: "An entry's index, from 0.") var index: Int?
    @Option(help: "Write the entry's proof into this file (c2sp.org/tlog-proof@v1).", completion: .file()) var proof: String?
    @Option(help: "table or json.") var format = OutputFormat.table

    func validate() throws {
        guard proof == nil || index != nil else { throw ValidationError("--proof wants an entry's index") }
    }

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            try await log.withReader(settings) { [self] reader in
                let seen = try await reader.newest()
                guard let index else { return show(seen, reader.source.place) }
                let (body, inclusion) = try await reader.inclusion(of: index, in: seen)
                if let proof { try Files.write(String(decoding: LogProof(inclusion).bytes, as: UTF8.self), to: proof, mode: 0o644) }
                try show(index, body, inclusion, seen)
            }
        }
    }

    private func show(_ seen: SeenCheckpoint, _ place: String) {
        if format == .json { return printJSON(seen.json) }
        print("log \(seen.checkpoint.origin) (\(place))")
        print("  size  \(seen.checkpoint.size)")
        print("  root  \(seen.checkpoint.root)")
        for line in seen.evidence { print("  \(line)") }
    }

    private func show(_ index: Int, _ body: [UInt8], _ inclusion: LogInclusion, _ seen: SeenCheckpoint) throws {
        let entry = try? RekorEntry(reading: body)
        if format == .json {
            let member = entry.map { BundleLogEntry(entry: $0, inclusion: inclusion).json } ?? .null
            return printJSON([
                "index": JSON(index), "entry": JSON(String(decoding: body, as: UTF8.self)),
                "leafHash": JSON(MerkleTree.leafHash(body).description), "tlogEntry": member, "log": seen.json,
            ])
        }
        print("entry \(index) of \(seen.checkpoint.origin)")
        if let entry {
            print("  kind       \(entry.kind.rawValue) \(RekorEntry.version)")
            print("  digest     \(entry.digest) of what was signed")
            print("  key        \(Digest.sha256(of: entry.publicKeyDER))")
            print(
                "  signature  \(entry.hasValidSignature.map { $0 ? "verifies" : "DOES NOT VERIFY" } ?? "not checked: the document is needed")"
            )
        } else {
            print("  \(body.count) bytes that are no signature's entry")
        }
        print("  leaf       \(MerkleTree.leafHash(body))")
        print("  proof      \(inclusion.hashes.count) hashes up to the root of \(inclusion.treeSize) entries; it holds")
    }
}

struct LogTrustedRootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trusted-root", abstract: "Prints what tells cosign and other Sigstore clients to trust this log.",
        discussion: """
            Example: ashlar log trusted-root > trusted_root.json
                     cosign verify --key cosign.pub --trusted-root trusted_root.json registry.example.org/python:3.13
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var log: LogOptions
    @Option(help: "Since when the log's key is valid, for example 2026-01-31.") var since = "1970-01-01"

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            guard let time = Timestamp(date: since) ?? Timestamp(rfc3339: since) else {
                throw CommandError.badReference(since, reason: "--since wants a date, YEAR-MONTH-DAY")
            }
            printJSON(try TrustedRoot(log: log.key(settings), validFrom: time).json)
        }
    }
}
