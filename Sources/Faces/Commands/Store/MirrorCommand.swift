// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import Pipeline
import Records

/// What came, or waits to come, from other registries.
struct MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Shows what the mirrors have seen, and lets content out of quarantine.",
        subcommands: [ListMirrored.self, ReleaseMirrored.self])
}

struct ListMirrored: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what is in quarantine, or everything that was seen.",
        discussion: """
            CREATED is what an image says about itself; nothing is decided by it.

            Example: ashlar mirror list --all --format json
            """)
    @OptionGroup var options: GlobalOptions
    @Flag(help: "Everything that was seen, not only what waits.") var all = false
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let now = Workshop.now()
            let rules = try settings.serve.mirrors.map { try Upstream($0).rules }
            let rows = try records.mirroredEntries().map { Row($0, rules, now) }.filter { all || $0.state == "quarantined" }
            switch format {
            case .json: print(String(decoding: JSON.array(rows.map(\.json)).prettyBytes, as: UTF8.self), terminator: "")
            case .table:
                var table = Table(header: ["REPOSITORY", "TAGS", "DIGEST", "FIRST SEEN", "UNTIL", "CREATED", "STATE"])
                table.rows = rows.map {
                    [
                        $0.entry.repository, $0.entry.tags.joined(separator: " "), $0.entry.content.digest.description,
                        $0.entry.content.seen.description, $0.until?.description ?? "", $0.entry.content.created ?? "", $0.state,
                    ]
                }
                print(table.text)
            }
        }
    }

    private struct Row {
        let entry: MirroredEntry
        let until: Timestamp?
        let state: String

        init(_ entry: MirroredEntry, _ rules: [MirrorRules], _ now: Timestamp) {
            self.entry = entry
            let rule = rules.filter { entry.repository.hasPrefix($0.prefix + "/") }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }
            let end = rule.map { Timestamp(seconds: entry.content.seen.seconds + $0.quarantine) }
            let isWaiting = entry.content.released == nil && entry.content.subject == nil && end.map { $0 > now } == true
            until = isWaiting ? end : nil
            state = isWaiting ? "quarantined" : entry.content.released != nil ? "released" : entry.isKept ? "kept" : "seen"
        }

        var json: JSON {
            var members: [String: JSON] = [
                "repository": JSON(entry.repository), "tags": JSON(entry.tags), "digest": JSON(entry.content.digest.description),
                "seen": JSON(entry.content.seen.description), "used": JSON(entry.content.used.description), "state": JSON(state),
            ]
            if let until { members["until"] = JSON(until.description) }
            if let created = entry.content.created { members["created"] = JSON(created) }
            if let released = entry.content.released { members["released"] = JSON(released.description) }
            if let subject = entry.content.subject { members["subject"] = JSON(subject.description) }
            return .object(members)
        }
    }
}

struct ReleaseMirrored: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Lets content be pulled before its quarantine is over.",
        discussion: """
            A tag stands for what it leads to now. A running server heeds it at once; evidence about the image goes with it.

            Example: ashlar mirror release docker.io/library/alpine:3.22
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "REPOSITORY:TAG or REPOSITORY@DIGEST.") var image: String

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            _ = try RecordStore(folder: settings.store, access: .readOnly)
            let records = try RecordStore(folder: settings.store)
            let (repository, digest) = try Self.target(image, records)
            let count = try records.release(mirrored: digest, in: repository, at: Workshop.now())
            guard count > 0 else { throw try Self.unknown(image, records) }
            print("\(repository)@\(digest) may be pulled\(count > 1 ? ", and the \(count - 1) it lists" : "")")
        }
    }

    private static func target(_ image: String, _ records: RecordStore) throws -> (String, Digest) {
        if let at = image.firstIndex(of: "@") {
            guard let digest = Digest(image[image.index(after: at)...]) else {
                throw CommandError.badReference(image, reason: "after @ there is no sha256 digest")
            }
            return (String(image[..<at]), digest)
        }
        guard let colon = image.lastIndex(of: ":") else {
            throw CommandError.badReference(image, reason: "there is neither a tag nor a digest")
        }
        let (repository, tag) = (String(image[..<colon]), String(image[image.index(after: colon)...]))
        guard let known = try records.mirroredTag(tag, in: repository) else { throw try unknown(image, records) }
        return (repository, known.digest)
    }

    private static func unknown(_ image: String, _ records: RecordStore) throws -> any Error {
        let seen = try records.mirroredEntries().flatMap { entry in entry.tags.map { "\(entry.repository):\($0)" } }
        return CommandError.notMirrored(image, nearest: Spelling.nearestReference(to: image, among: seen))
    }
}
