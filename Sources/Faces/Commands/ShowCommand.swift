// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import OCI
import Pipeline
import Records
import Sigstore

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one published image: tags, digests, platforms and what is attached.",
        discussion: """
            With --as-of: what was known on that day to be wrong with it, from which data, and how complete that was. A day on which nothing
            was known yet ends with exit code 66, never with a zero. Of an image of others that was assessed here, HOST/NAME:TAG, it is what
            was known of the image that this name stood for then.

            Example: ashlar show python:3.13
                     ashlar show python:3.13.5-r1
                     ashlar show python:3.13 --as-of 2026-11-23
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "An image as NAME:STREAM, NAME:TAG or NAME@DIGEST; HOST/NAME:TAG of others.") var image: String
    @Option(help: "table or json.") var format = OutputFormat.table
    @Option(help: "Of an image of others: the platform that is meant, such as linux/arm64.") var platform: String?
    @Option(help: "A day, whose end is meant, or a moment: 2026-11-23, 2026-11-23T08:00:00Z.") var asOf: String?

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let moment = try asOf.map(KnowledgeThen.moment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            var release: Release
            do { release = try Published.find(image, in: records) } catch let error as NameError {
                guard let foreign = try ForeignSubjects(image, in: records) else { throw error }
                return try show(try KnowledgeThen(of: foreign, platform: platform, at: moment ?? Workshop.now(), in: records))
            }
            if let moment { return try show(try KnowledgeThen(of: release, at: moment, in: records)) }
            // Of an earlier release the moving tags name another by now.
            let tags = Dictionary(try records.taggedDigests(in: release.repository).map { ($0.tag, $0.digest) }) { _, last in last }
            release.tags.removeAll { tags[$0] != release.index }
            let assessed = try records.assessmentSummary(of: release.index)
            let attached = { try records.referrers(of: $0, in: release.repository).map(Attached.init) }
            let output = ShowOutput(
                release: release, assessed: assessed, assessment: try assessed.flatMap { _ in try records.assessment(of: release.index) },
                attached: try attached(release.index),
                attachedToPlatforms: try release.platforms.map { try attached($0.manifest) },
                ends: try SupportEnds(records, settings).of(release), withdrawal: try records.withdrawal(of: release.index),
                change: try records.openChange(of: "\(release.repository):\(release.stream)"))
            if format == .json { return printJSON(output.json) }
            print(output.text)
            let local = LocalRepository(
                release.repository, blobs: try FileBlobStore(folder: settings.store, access: .readOnly), records: records)
            let quorum = try await Quorum.read(about: release.index, in: local)
            let trusted = try TrustedRebuilders(settings).fingerprints
            for line in QuorumText.lines(quorum, trusting: trusted) { print(line) }
        }
    }

    private func show(_ then: KnowledgeThen) throws {
        if format == .json { return print(String(decoding: try then.json.prettyBytes, as: UTF8.self), terminator: "") }
        print(then.text)
    }
}

/// Who rebuilt an image, for people.
enum QuorumText {
    static func lines(_ quorum: Quorum, trusting keys: Set<Digest>) -> [String] {
        let (trusted, others) = quorum.split(trusting: keys)
        var lines: [String] = []
        if !trusted.isEmpty {
            let same = trusted.count(where: \.isOfEveryByte)
            lines.append("\nreproduced by \(same) of \(trusted.count) trusted rebuilder\(trusted.count == 1 ? "" : "s")")
            lines += trusted.map(line)
        }
        if !others.isEmpty {
            lines.append("\nsaid to be reproduced by \(others.count) that nobody here trusts (docs/keys.md), and not counted")
            lines += others.map(line)
        }
        return lines + quorum.refused.map { Terminal.clean("  not counted  \($0)") }
    }

    private static func line(_ one: Reproduction) -> String {
        Terminal.clean("  \(one.properties.joined(separator: ", "))  key \(one.key.fingerprint)  \(one.time)  \(one.verifier)")
    }
}

/// Finds what was published under a name people use.
enum Published {
    /// `python:3.13`, `python:3.13.5-r1`, `python` (the stream tagged latest, or the only one), or `python@sha256:…` with the digest
    /// of an index or of one platform's manifest. Earlier releases are found by their build tag or digest.
    static func find(_ reference: String, in records: RecordStore) throws -> Release {
        let at = reference.split(separator: "@", maxSplits: 1).map(String.init)
        if at.count == 2, let digest = Digest(at[1]) {
            let name = at[0].split(separator: ":").first.map(String.init) ?? ""
            if let release = try records.releases(in: name).first(where: { $0.holds(digest) }) { return release }
            throw try unknown(reference, in: records)
        }
        let parts = reference.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts.first ?? ""
        let tag = parts.count > 1 ? parts[1] : "latest"
        // One index may have several build tags: the one that was asked for goes first.
        if let release = try records.release(in: name, buildTag: tag) { return release }
        if let digest = try records.digest(ofTag: tag, in: name),
            let release = try records.releases(in: name).first(where: { $0.index == digest })
        {
            return release
        }
        let releases = try records.latestReleases()
        let own = releases.filter { $0.repository == name }
        if let release = own.first(where: { $0.stream == tag }) { return release }
        if parts.count == 1, own.count == 1, let only = own.first { return only }
        throw try unknown(reference, in: records)
    }

    /// Says that nothing has this name, and what has one that is near: streams first, then the tags of that image.
    static func unknown(_ reference: String, in records: RecordStore) throws -> NameError {
        let name = String(reference.prefix { $0 != ":" && $0 != "@" })
        // The tags that hold evidence are nobody's images.
        let tags = (try records.tags(in: name) ?? []).filter { !$0.hasPrefix("sha256-") }
        let streams = try records.latestReleases()
        let own = streams.filter { $0.repository == name }
        return .unknownImage(
            reference, known: (own.isEmpty ? streams : own).map { "\($0.repository):\($0.stream)" } + tags.map { "\(name):\($0)" })
    }
}

extension Release {
    fileprivate func holds(_ digest: Digest) -> Bool { index == digest || platforms.contains { $0.manifest == digest } }
}
