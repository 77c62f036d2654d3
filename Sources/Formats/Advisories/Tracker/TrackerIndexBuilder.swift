// SPDX-License-Identifier: Apache-2.0
// https://security-tracker.debian.org/tracker/data/json
import Debian

/// Makes a stored index out of the tracker's JSON: one walk over the text, and no value of what is not kept.
///
/// A record of the wrong shape is listed and left out; one whose fixed version cannot be read is listed and counts as affected. A
/// flaw that stands twice counts in both forms. What is not JSON is refused as a whole.
package struct TrackerIndexBuilder {
    typealias Layout = TrackerIndexLayout
    static let feed = "the Debian security tracker"

    /// What a builder accepts from a hostile feed.
    package struct Limits: Hashable, Sendable {
        package var bytes: Int
        package var rows: Int
        package var releases: Int
        package init(bytes: Int = 1 << 30, rows: Int = 8_000_000, releases: Int = 64) {
            self.bytes = bytes
            self.rows = rows
            self.releases = releases
        }
    }

    struct Row {
        var advisory: UInt32
        var fixed: UInt32
        var newest: UInt32
        var note: UInt32
        var flags: UInt32
    }
    struct Group {
        var source: UInt32
        var release: UInt32
        var first: UInt32
        var open: UInt32 = 0
        var resolved: UInt32 = 0
        var undetermined: UInt32 = 0
        var next: UInt32 = 0
    }
    struct Advisory {
        var name: UInt32
        var summary: UInt32 = 0
        var source: UInt32
        var bug: UInt32 = 0
        var next: UInt32 = 0
    }
    /// A row of the source that is being read, with what orders it.
    struct PendingRow {
        var row: Row
        var release: UInt32
        /// The place of the fixed version among the versions of this source.
        var version: UInt32
    }

    let limits: Limits
    var scanner: JSONScanner
    /// Header and pool; the tables follow at the end.
    var output: [UInt8]
    var rows: [Row] = []
    var groups: [Group] = []
    var advisories: [Advisory] = []
    var releases: [UInt32] = []
    var refused: [(source: UInt32, advisory: UInt32, reason: UInt32)] = []
    var refusedCount = 0
    var neverAffected = 0
    var pending: [PendingRow] = []
    var versions = VersionTexts()
    /// The source that is being read.
    var source: UInt32 = 0

    /// The stored index of a whole document.
    package static func build(_ bytes: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(AdvisoriesError) -> [UInt8] {
        guard bytes.count <= limits.bytes else { throw .tooLarge(what: "bytes of \(feed)", limit: limits.bytes) }
        var builder = TrackerIndexBuilder(bytes, limits: limits)
        try builder.document()
        guard !builder.rows.isEmpty || builder.neverAffected > 0 else {
            throw .unusable(feed: feed, usable: 0, refused: builder.refusedCount)
        }
        return builder.assemble()
    }

    /// The stored index of a whole document.
    package static func build(_ bytes: [UInt8], limits: Limits = Limits()) throws(AdvisoriesError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { (buffer) throws(AdvisoriesError) in try build(UnsafeRawBufferPointer(buffer), limits: limits) }
    }

    private init(_ bytes: UnsafeRawBufferPointer, limits: Limits) {
        self.limits = limits
        scanner = JSONScanner(bytes, feed: Self.feed)
        output = []
        // What is reserved and not used costs addresses, not memory.
        output.reserveCapacity(bytes.count / 2 + Layout.headerBytes)
        output.append(contentsOf: repeatElement(0, count: Layout.headerBytes))
        rows.reserveCapacity(bytes.count / 200)
        advisories.reserveCapacity(bytes.count / 1000)
    }

    // MARK: - The walk

    private mutating func document() throws(AdvisoriesError) {
        var sources = try scanner.beginObject("an object of source packages")
        while let key = try scanner.nextKey(&sources) {
            let mark = scanner.mark
            guard Self.isName(scanner.bytes, key) else {
                try scanner.skipValue()
                refuse(0, 0, "`\(scanner.value(key).prefix(80))` is no name of a source package")
                continue
            }
            source = text(key)
            do throws(AdvisoriesError) { try entries() } catch {
                try goBack(to: mark, after: error, advisory: 0, at: "")
            }
            finishSource()
        }
        try scanner.end()
    }

    private mutating func entries() throws(AdvisoriesError) {
        var members = try scanner.beginObject("an object of advisories")
        while let key = try scanner.nextKey(&members) {
            let mark = scanner.mark
            guard Self.isAdvisory(scanner.bytes, key) else {
                try scanner.skipValue()
                refuse(source, 0, "`\(scanner.value(key).prefix(80))` is no name of an advisory")
                continue
            }
            let before = (pending.count, advisories.count)
            let name = text(key)
            do throws(AdvisoriesError) { try entry(named: name) } catch {
                pending.removeLast(pending.count - before.0)
                advisories.removeLast(advisories.count - before.1)
                try goBack(to: mark, after: error, advisory: name, at: "")
            }
        }
    }

    // Only what is JSON of another shape can be passed over.
    private mutating func goBack(
        to mark: (position: Int, depth: Int), after error: AdvisoriesError, advisory: UInt32, at place: String
    ) throws(AdvisoriesError) {
        guard case .shape(_, _, let expected) = error else { throw error }
        scanner.rewind(to: mark)
        try scanner.skipValue()
        refuse(source, advisory, place + "expected \(expected)")
    }

    private mutating func entry(named name: UInt32) throws(AdvisoriesError) {
        let number = advisories.count
        advisories.append(Advisory(name: name, source: source))
        var seen: UInt8 = 0
        var scope = TrackerEntry.Scope.unknown
        let firstRow = pending.count
        var members = try scanner.beginObject("an object with the key releases")
        while let key = try scanner.nextKey(&members) {
            if scanner.equals(key, "releases") {
                try once(&seen, 1)
                try releases(of: UInt32(number), name: name)
            } else if scanner.equals(key, "description") {
                try once(&seen, 2)
                advisories[number].summary = summary(try scanner.string("a description"))
            } else if scanner.equals(key, "scope") {
                try once(&seen, 4)
                let text = try scanner.string("a scope")
                scope = scanner.equals(text, "remote") ? .remote : scanner.equals(text, "local") ? .local : .unknown
            } else if scanner.equals(key, "debianbug") {
                try once(&seen, 8)
                let digits = try scanner.number("the number of a bug")
                advisories[number].bug = UInt32(String(decoding: scanner.bytes[digits], as: UTF8.self)) ?? 0
            } else {
                try scanner.skipValue()
            }
        }
        guard seen & 1 != 0 else { throw scanner.wrong("the key releases") }
        if scope != .unknown {
            for index in firstRow..<pending.count { pending[index].row.flags |= scope.rawValue << Layout.scopeShift }
        }
    }

    private func once(_ seen: inout UInt8, _ bit: UInt8) throws(AdvisoriesError) {
        guard seen & bit == 0 else { throw scanner.wrong("each key once") }
        seen |= bit
    }

    private mutating func releases(of advisory: UInt32, name: UInt32) throws(AdvisoriesError) {
        var members = try scanner.beginObject("an object of releases")
        while let key = try scanner.nextKey(&members) {
            let mark = scanner.mark
            guard let release = try self.release(key) else {
                try scanner.skipValue()
                refuse(source, name, "`\(scanner.value(key).prefix(80))` is no name of a release")
                continue
            }
            do throws(AdvisoriesError) { try record(advisory, name, release) } catch {
                try goBack(to: mark, after: error, advisory: name, at: "in \(scanner.value(key)): ")
            }
        }
    }

    private mutating func record(_ advisory: UInt32, _ name: UInt32, _ release: UInt32) throws(AdvisoriesError) {
        var seen: UInt8 = 0
        var status: TrackerEntry.Status?
        var urgency = TrackerEntry.Urgency.unknown
        var triage = TrackerEntry.Triage.none
        var fixed: JSONScanner.Text?
        var newest: JSONScanner.Text?
        var note: UInt32 = 0
        var members = try scanner.beginObject("an object with the key status")
        while let key = try scanner.nextKey(&members) {
            if scanner.equals(key, "status") {
                try once(&seen, 1)
                status = try self.status()
            } else if scanner.equals(key, "repositories") {
                try once(&seen, 2)
                newest = try newestVersion()
            } else if scanner.equals(key, "fixed_version") {
                try once(&seen, 4)
                fixed = try scanner.string("a version")
            } else if scanner.equals(key, "urgency") {
                try once(&seen, 8)
                urgency = try self.urgency()
            } else if scanner.equals(key, "nodsa") {
                try once(&seen, 16)
                note = summary(try scanner.string("a note"))
                if triage == .none { triage = .noAdvisory }
            } else if scanner.equals(key, "nodsa_reason") {
                try once(&seen, 32)
                let text = try scanner.string("the reason of a triage")
                triage = scanner.equals(text, "ignored") ? .ignored : scanner.equals(text, "postponed") ? .postponed : .noAdvisory
            } else {
                try scanner.skipValue()
            }
        }
        guard var status else { throw scanner.wrong("the key status") }
        guard pending.count + rows.count < limits.rows else { throw .tooLarge(what: "records in \(Self.feed)", limit: limits.rows) }
        var flags: UInt32 = 0
        var version: UInt32 = 0
        if status == .resolved {
            if let fixed, scanner.equals(fixed, "0") {
                neverAffected += 1
                return
            }
            if let fixed, !fixed.isEscaped, DebianVersion.fault(in: UnsafeRawBufferPointer(rebasing: scanner.bytes[fixed.range])) == nil {
                version = versionText(fixed)
            } else {
                // Nobody can tell which versions are repaired.
                status = .open
                flags |= Layout.unreadableFixFlag
                refuse(source, name, "resolved in `\(fixed.map { scanner.value($0).prefix(80) } ?? "nothing")`, which is no Debian version")
            }
        }
        flags |= status.rawValue | urgency.rawValue << Layout.urgencyShift | triage.rawValue << Layout.triageShift
        let archive = newest.map { versions.texts[Int(versionText($0))] } ?? 0
        let row = Row(
            advisory: advisory, fixed: status == .resolved ? versions.texts[Int(version)] : 0, newest: archive, note: note, flags: flags)
        pending.append(PendingRow(row: row, release: release, version: version))
    }

    private mutating func status() throws(AdvisoriesError) -> TrackerEntry.Status {
        let text = try scanner.string("a status")
        if scanner.equals(text, "resolved") { return .resolved }
        if scanner.equals(text, "open") { return .open }
        if scanner.equals(text, "undetermined") { return .undetermined }
        throw scanner.wrong("the status open, resolved or undetermined")
    }

    // An asterisk marks what the tracker assigned by itself.
    private mutating func urgency() throws(AdvisoriesError) -> TrackerEntry.Urgency {
        var text = try scanner.string("an urgency")
        while text.end > text.start, scanner.bytes[text.end - 1] == 0x2A { text.end -= 1 }
        if scanner.equals(text, "unimportant") { return .unimportant }
        if scanner.equals(text, "not yet assigned") { return .notYetAssigned }
        if scanner.equals(text, "low") { return .low }
        if scanner.equals(text, "medium") { return .medium }
        if scanner.equals(text, "high") { return .high }
        if scanner.equals(text, "end-of-life") { return .endOfLife }
        return .unknown
    }

    private mutating func newestVersion() throws(AdvisoriesError) -> JSONScanner.Text? {
        var newest: JSONScanner.Text?
        var members = try scanner.beginObject("an object of archives")
        while try scanner.nextKey(&members) != nil {
            let found = try scanner.string("a version")
            guard !found.isEscaped, found.end > found.start, found.end - found.start <= 512 else { continue }
            guard let known = newest else {
                newest = found
                continue
            }
            let a = UnsafeRawBufferPointer(rebasing: scanner.bytes[known.range])
            let b = UnsafeRawBufferPointer(rebasing: scanner.bytes[found.range])
            if !isEqual(a, b), DebianVersion.compare(a, b) < 0 { newest = found }
        }
        return newest
    }
}
