// SPDX-License-Identifier: Apache-2.0
import Debian

/// Debian's security tracker, queried where the stored bytes lie: in memory or in a mapped file.
///
/// Opening checks the whole buffer; after that no access can leave it, whatever its bytes say.
package struct TrackerIndex: Sendable {
    typealias Layout = TrackerIndexLayout

    private let storage: IndexStorage
    package let rowCount: Int
    package let groupCount: Int
    package let advisoryCount: Int
    /// Records that the feed has and this index could not take as they were, all of them.
    package let refusedCount: Int
    /// Records that say a release never had the flaw.
    package let neverAffectedCount: Int
    /// `bookworm`, `trixie`, in the order of the feed.
    package let releases: [String]
    private let listedRefusals: Int
    private let pool: Range<Int>
    private let rowsStart: Int
    private let groupsStart: Int
    private let advisoriesStart: Int
    private let refusedStart: Int
    private let groupTable: IndexSlots
    private let advisoryTable: IndexSlots

    /// Opens what a builder made.
    package init(_ bytes: [UInt8]) throws(AdvisoriesError) { try self.init(IndexStorage(copying: bytes)) }

    /// Opens a mapped file. `owner` keeps the mapping alive and unmaps it when it is released itself; the bytes must not
    /// change as long.
    package init(mapped bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) throws(AdvisoriesError) {
        try self.init(IndexStorage(mapped: bytes, owner: owner))
    }

    private init(_ storage: IndexStorage) throws(AdvisoriesError) {
        self.storage = storage
        let bytes = storage.bytes
        if let fault = storage.fault(mark: Layout.mark, version: Layout.version, headerBytes: Layout.headerBytes) {
            throw .badIndex(reason: fault)
        }
        rowCount = Int(IndexStorage.word(bytes, 12))
        groupCount = Int(IndexStorage.word(bytes, 16))
        advisoryCount = Int(IndexStorage.word(bytes, 20))
        let releaseCount = Int(IndexStorage.word(bytes, 24))
        listedRefusals = Int(IndexStorage.word(bytes, 28))
        refusedCount = Int(IndexStorage.word(bytes, 56))
        neverAffectedCount = Int(IndexStorage.word(bytes, 60))
        guard let pool = storage.pool(behind: Layout.headerBytes) else { throw .badIndex(reason: "a length that is wrong") }
        self.pool = pool
        rowsStart = IndexStorage.aligned(pool.upperBound)
        groupsStart = rowsStart + 4 * Layout.rowWords * rowCount
        advisoriesStart = groupsStart + 4 * Layout.groupWords * groupCount
        let releasesStart = advisoriesStart + 4 * Layout.advisoryWords * advisoryCount
        refusedStart = releasesStart + 4 * releaseCount
        let tables = refusedStart + 4 * Layout.refusedWords * listedRefusals
        guard let groups = IndexSlots(at: tables, count: IndexStorage.word(bytes, 48), items: groupCount),
            let advisories = IndexSlots(at: groups.end, count: IndexStorage.word(bytes, 52), items: advisoryCount),
            advisories.end == bytes.count, releaseCount <= 64
        else { throw .badIndex(reason: "a length that is wrong") }
        (groupTable, advisoryTable) = (groups, advisories)
        let names = pool
        releases = (0..<releaseCount).map {
            String(decoding: Self.text(bytes, names, IndexStorage.word(bytes, releasesStart + 4 * $0)), as: UTF8.self)
        }
    }

    // MARK: - Matching

    /// The rows of one source package in one release that touch a version. Rows are numbers for `entry(ofRow:)`.
    package struct Match: Hashable, Sendable {
        package var affected: [Range<Int>]
        package var undetermined: [Range<Int>]
        package var count: Int { affected.reduce(0) { $0 + $1.count } }
    }

    /// Finds what touches a version of a source package. The cost does not depend on how many advisories the package ever had.
    package func match(source: String, version: String, release: Int) -> Match {
        var match = Match(affected: [], undetermined: [])
        var source = source
        var version = version
        source.withUTF8 { name in
            version.withUTF8 { version in
                forEachGroup(UnsafeRawBufferPointer(name), release: release, version: UnsafeRawBufferPointer(version)) {
                    if !$0.isEmpty { match.affected.append($0) }
                    if !$1.isEmpty { match.undetermined.append($1) }
                }
            }
        }
        return match
    }

    /// The same over bytes, without making anything: `body` is told the affected rows and the undetermined ones.
    @inline(__always) package func forEachGroup(
        _ name: UnsafeRawBufferPointer, release: Int, version: UnsafeRawBufferPointer, _ body: (Range<Int>, Range<Int>) -> Void
    ) {
        storage.withBytes { bytes in
            var next = firstGroup(name, release: release, bytes)
            while let group = next {
                let start = groupsStart + 4 * Layout.groupWords * group
                let first = Int(Self.word(bytes, start + 8))
                let open = Int(Self.word(bytes, start + 12))
                let resolved = Int(Self.word(bytes, start + 16))
                let undetermined = Int(Self.word(bytes, start + 20))
                guard first + open + resolved + undetermined <= rowCount else { return }
                // Newest fix first: everything before the first fix that is in the version is missing from it. Rows of a source
                // with the same fix share its text, so each is compared once.
                var low = first + open
                var high = low + resolved
                var missing: UInt32 = 0
                var present: UInt32 = 0
                while low < high {
                    let middle = (low + high) / 2
                    let fix = Self.word(bytes, rowsStart + 4 * (Layout.rowWords * middle + 1))
                    if fix != missing, fix != present {
                        if DebianVersion.compare(version, Self.text(bytes, pool, fix)) < 0 { missing = fix } else { present = fix }
                    }
                    if fix == missing { low = middle + 1 } else { high = middle }
                }
                let end = first + open + resolved
                body(first..<low, end..<end + undetermined)
                // Chains run forwards, so even damaged ones end.
                let following = Int(Self.word(bytes, start + 24)) - 1
                next = following > group && following < groupCount ? following : nil
            }
        }
    }

    /// The number of a release; nil when the feed does not know it.
    package func release(named name: String) -> Int? { releases.firstIndex(of: name) }

    // MARK: - What is written in it

    package func entry(ofRow row: Int) -> TrackerEntry? {
        guard row >= 0, row < rowCount else { return nil }
        return storage.withBytes { bytes in
            // Few groups are asked for; the one that holds the row is found by halving, since groups stand in the order of rows.
            var low = 0
            var high = groupCount
            while low + 1 < high {
                let middle = (low + high) / 2
                if Int(groupWord(middle, 2, bytes)) <= row { low = middle } else { high = middle }
            }
            return entry(row, release: Int(groupWord(low, 1, bytes)), bytes)
        }
    }

    /// Everything the feed says about an advisory, in the order of the feed.
    package func entries(about advisory: String) -> [TrackerEntry] {
        storage.withBytes { bytes in
            var found: [TrackerEntry] = []
            var copy = advisory
            var next = copy.withUTF8 { firstAdvisory(UnsafeRawBufferPointer($0), bytes) }
            while let number = next {
                let name = Self.text(bytes, pool, advisoryWord(number, 2, bytes))
                for release in releases.indices {
                    var group = firstGroup(name, release: release, bytes)
                    while let place = group {
                        let first = Int(groupWord(place, 2, bytes))
                        let count = Int(groupWord(place, 3, bytes)) + Int(groupWord(place, 4, bytes)) + Int(groupWord(place, 5, bytes))
                        guard first + count <= rowCount else { return found }
                        for row in first..<first + count where Int(rowWord(row, 0, bytes)) == number {
                            if let entry = entry(row, release: release, bytes) { found.append(entry) }
                        }
                        let following = Int(groupWord(place, 6, bytes)) - 1
                        group = following > place && following < groupCount ? following : nil
                    }
                }
                let following = Int(advisoryWord(number, 4, bytes)) - 1
                next = following > number && following < advisoryCount ? following : nil
            }
            return found
        }
    }

    /// Records that could not be taken as they were; at most the first 10,000.
    package var refused: [RefusedRecord] {
        storage.withBytes { bytes in
            (0..<listedRefusals).map { number in
                let texts = (0..<3).map { word in
                    string(IndexStorage.word(bytes, refusedStart + 4 * (Layout.refusedWords * number + word)), bytes)
                }
                return RefusedRecord(package: texts[0], advisory: texts[1], reason: texts[2])
            }
        }
    }

    private func entry(_ row: Int, release: Int, _ bytes: UnsafeRawBufferPointer) -> TrackerEntry? {
        let advisory = Int(rowWord(row, 0, bytes))
        guard advisory < advisoryCount, releases.indices.contains(release) else { return nil }
        let flags = rowWord(row, 4, bytes)
        let bug = advisoryWord(advisory, 3, bytes)
        return TrackerEntry(
            advisory: string(advisoryWord(advisory, 0, bytes), bytes), source: string(advisoryWord(advisory, 2, bytes), bytes),
            release: releases[release], status: TrackerEntry.Status(rawValue: flags & Layout.statusMask) ?? .open,
            fixed: optional(rowWord(row, 1, bytes), bytes), newest: optional(rowWord(row, 2, bytes), bytes),
            urgency: TrackerEntry.Urgency(rawValue: flags >> Layout.urgencyShift & 7) ?? .unknown,
            triage: TrackerEntry.Triage(rawValue: flags >> Layout.triageShift & 3) ?? .none,
            note: optional(rowWord(row, 3, bytes), bytes), scope: TrackerEntry.Scope(rawValue: flags >> Layout.scopeShift & 3) ?? .unknown,
            hasUnreadableFix: flags & Layout.unreadableFixFlag != 0, summary: string(advisoryWord(advisory, 1, bytes), bytes),
            bug: bug == 0 ? nil : Int(bug))
    }

    // MARK: - Bytes

    // Here and not in another module, so that it costs one instruction.
    @inline(__always) private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    @inline(__always) private func rowWord(_ row: Int, _ word: Int, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        Self.word(bytes, rowsStart + 4 * (Layout.rowWords * row + word))
    }
    @inline(__always) private func groupWord(_ group: Int, _ word: Int, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        Self.word(bytes, groupsStart + 4 * (Layout.groupWords * group + word))
    }
    @inline(__always) private func advisoryWord(_ advisory: Int, _ word: Int, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        Self.word(bytes, advisoriesStart + 4 * (Layout.advisoryWords * advisory + word))
    }
    private func string(_ place: UInt32, _ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: Self.text(bytes, pool, place), as: UTF8.self)
    }
    private func optional(_ place: UInt32, _ bytes: UnsafeRawBufferPointer) -> String? { place == 0 ? nil : string(place, bytes) }

    /// A text of the pool; a place outside gives an empty one.
    @inline(__always) private static func text(_ bytes: UnsafeRawBufferPointer, _ pool: Range<Int>, _ place: UInt32)
        -> UnsafeRawBufferPointer
    {
        let start = pool.lowerBound + Int(place) - 1
        guard place > 0, start + 2 <= pool.upperBound else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let count = Int(bytes[start]) | Int(bytes[start + 1]) << 8
        guard start + 2 + count <= pool.upperBound else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[(start + 2)..<(start + 2 + count)])
    }

    @inline(__always) private func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a[index] != b[index] { return false }
        return true
    }

    // The table's own search would be a call into another module for each source of each image.
    @inline(__always) private func firstGroup(_ name: UnsafeRawBufferPointer, release: Int, _ bytes: UnsafeRawBufferPointer) -> Int? {
        var slot = Layout.slot(PackageIndexLayout.hash(name), release: UInt32(truncatingIfNeeded: release)) & (groupTable.count - 1)
        // At most once around, even when damage left no free slot.
        for _ in 0..<groupTable.count {
            let group = Int(Self.word(bytes, groupTable.start + 4 * slot)) - 1
            guard group >= 0, group < groupCount else { return nil }
            if Int(groupWord(group, 1, bytes)) == release, isEqual(Self.text(bytes, pool, groupWord(group, 0, bytes)), name) {
                return group
            }
            slot = (slot + 1) & (groupTable.count - 1)
        }
        return nil
    }

    private func firstAdvisory(_ name: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) -> Int? {
        advisoryTable.first(PackageIndexLayout.hash(name), in: bytes) { isEqual(Self.text(bytes, pool, advisoryWord($0, 0, bytes)), name) }
    }
}
