// SPDX-License-Identifier: Apache-2.0
package import Advisories
package import Artifacts
package import Assess
package import Base
package import Blobs
import Foundation

/// The feeds of this machine: indexes ready to be mapped, what is known of each, and the snapshot behind them.
///
/// An index is made once for each document. Opening one that is there maps it and checks it, and reads nothing else.
package struct FeedShelf: Sendable {
    static let namespace = "feeds"
    let cache: CacheFolder
    /// The folder of the snapshot that came with the program; it may be absent.
    let snapshotFolder: String
    let now: Timestamp
    /// Every feed that there can be: the known ones, and the sources of statements that the catalog names.
    package let sources: [FeedSource]
    /// Told beside the feeds: why sources of the catalog could not be read.
    private let problem: FeedFacts?

    /// - Parameters:
    ///   - statements: in the order in which they are asked.
    ///   - problem: why there are none, when nobody can say which there are.
    package init(
        cache: CacheFolder, snapshotFolder: String, now: Timestamp, statements: [VEXSource] = [], problem: FeedFacts? = nil
    ) {
        self.cache = cache
        self.snapshotFolder = snapshotFolder
        self.now = now
        self.problem = problem
        sources = FeedSource.all + statements.map { FeedSource($0) }
    }

    package func source(named name: String) -> FeedSource? { sources.first { $0.name == name } }

    /// Everything that there is.
    ///
    /// - Parameter names: the feeds to open; nil for all. Facts are told of every feed.
    package func open(_ names: Set<String>? = nil) -> AdvisorySet {
        var set = AdvisorySet()
        let snapshot = self.snapshot()
        if let problem { set.feeds.append(problem) }
        for source in sources {
            // Statements are about packages of any kind.
            guard names?.contains(source.name) ?? true || source.name.hasPrefix(FeedFacts.statementsPrefix) else {
                set.feeds.append(self.facts(source, snapshot))
                continue
            }
            let (facts, index) = open(source, snapshot)
            set.feeds.append(facts)
            switch index {
            case .tracker(let index)?: set.tracker = index
            case .table(let table)?: if table.kind == .scores { set.scores = table } else { set.exploited = table }
            case .records(let index)?: set.ecosystems[index.ecosystem] = index
            case .support(let feed)?: set.endOfLife = feed
            case .statements(let feed)?: set.statements += feed.statements
            case nil: break
            }
        }
        return set
    }

    /// What is known of each feed, without opening any.
    package func facts() -> [FeedFacts] {
        let snapshot = self.snapshot()
        return (problem.map { [$0] } ?? []) + sources.map { facts($0, snapshot) }
    }

    /// Records of a feed that could not be used.
    package func refused(_ source: FeedSource) -> [RefusedRecord] { open(source, snapshot()).1?.refusedRecords ?? [] }

    /// Names everything that counts depend on: another document, another state, another key.
    package func key(_ facts: [FeedFacts]) -> Digest {
        Digest.sha256(of: facts.map { "\($0.name) \($0.digest ?? "-") \($0.state.rawValue)" }.joined(separator: "\n"))
    }

    func record(_ source: FeedSource) -> FeedRecord? {
        guard let file = cache.file(source.name + ".json", in: Self.namespace) else { return nil }
        return try? CanonicalJSON.decode(FeedRecord.self, from: file.array)
    }

    /// Puts an index and what is known of it in the place of the one before: the index first, so that facts never run ahead.
    func keep(_ index: [UInt8], _ record: FeedRecord, of source: FeedSource) throws {
        try cache.store(index, as: Self.indexKey(source, record), in: Self.namespace)
        let before = self.record(source)
        try remember(record, of: source)
        if let before, before.digest != record.digest { try? cache.remove(Self.indexKey(source, before), in: Self.namespace) }
    }

    func remember(_ record: FeedRecord, of source: FeedSource) throws {
        try cache.store(CanonicalJSON.encode(record), as: source.name + ".json", in: Self.namespace)
    }

    private static func indexKey(_ source: FeedSource, _ record: FeedRecord) -> String { "\(source.name)-\(record.digest.hex).index" }

    private func facts(_ source: FeedSource, _ snapshot: [String: FeedSnapshot.Item]) -> FeedFacts {
        if let record = record(source) { return record.facts(source, now: now) }
        guard let item = snapshot[source.name] else { return missing(source) }
        return snapshotRecord(item)?.facts(source, now: now) ?? missing(source)
    }

    private func missing(_ source: FeedSource) -> FeedFacts { FeedFacts(name: source.name, title: source.title) }

    private func open(_ source: FeedSource, _ snapshot: [String: FeedSnapshot.Item]) -> (FeedFacts, FeedIndex?) {
        if let record = record(source) {
            let facts = record.facts(source, now: now)
            var damaged = facts
            var isStatements = false
            if case .statements = source.kind { isStatements = true }
            // Statements are no index that checks itself.
            if let file = cache.file(
                Self.indexKey(source, record), in: Self.namespace, checking: isStatements ? .digest : .trailer)
            {
                do { return (facts, try FeedIndex.open(source, file)) } catch let reason as any Diagnosable {
                    // Of statements also: the catalog believes another key or author now.
                    if isStatements { damaged.failure = reason.diagnosis.summary }
                } catch {}
            }
            damaged.state = .damaged
            return (damaged, nil)
        }
        guard let item = snapshot[source.name] else { return (missing(source), nil) }
        return openSnapshot(source, item)
    }

    // MARK: - The snapshot

    package func snapshot() -> [String: FeedSnapshot.Item] {
        guard let data = FileManager.default.contents(atPath: snapshotFolder + "/" + FeedSnapshot.fileName),
            let snapshot = try? CanonicalJSON.decode(FeedSnapshot.self, from: Array(data), limit: 1 << 20),
            snapshot.format == "ashlar/feeds/v1"
        else { return [:] }
        return Dictionary(snapshot.feeds.map { ($0.feed, $0) }) { first, _ in first }
    }

    private func snapshotRecord(_ item: FeedSnapshot.Item) -> FeedRecord? {
        Digest(hex: item.sha256).map {
            FeedRecord(
                origin: .snapshot, source: "the snapshot \(item.file)", digest: $0, date: item.date, dateOrigin: "the snapshot's list",
                checked: item.date, records: 0, refused: 0)
        }
    }

    private func openSnapshot(_ source: FeedSource, _ item: FeedSnapshot.Item) -> (FeedFacts, FeedIndex?) {
        guard var record = snapshotRecord(item), !item.file.contains("/"), item.file != "..",
            let data = FileManager.default.contents(atPath: snapshotFolder + "/" + item.file)
        else { return (missing(source), nil) }
        var damaged = record.facts(source, now: now)
        damaged.state = .damaged
        let key = "snapshot-" + Self.indexKey(source, record)
        var opened = cache.file(key, in: Self.namespace, checking: .trailer).flatMap { try? FeedIndex.open(source, $0) }
        if opened == nil {
            let document = Array(data)
            guard Digest.sha256(of: document) == record.digest,
                let bytes = try? document.withUnsafeBytes({ try FeedIndex.build(source, named: item.file, $0) })
            else { return (damaged, nil) }
            // A store that cannot be written costs time only.
            try? cache.store(bytes, as: key, in: Self.namespace)
            opened = try? FeedIndex.open(source, bytes)
        }
        guard let index = opened else { return (damaged, nil) }
        record.records = index.records
        record.refused = index.refused
        return (record.facts(source, now: now), index)
    }
}
