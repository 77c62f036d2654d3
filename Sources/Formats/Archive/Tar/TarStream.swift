// SPDX-License-Identifier: Apache-2.0
// POSIX.1-2017 pax (ustar and pax interchange formats), GNU tar's long names and sparse files.

/// Reads a tar that arrives in pieces, for looking at layers that somebody else made: nothing is unpacked, so what `TarReader` refuses
/// is told instead, entry by entry, and only what makes the rest unreadable is an error.
package struct TarStream {
    private enum State {
        case header
        case extending(flag: UInt8, size: Int, padding: Int)
        case body(remaining: Int, padding: Int)
        case sparseMap
        case skipping(Int)
        case zeroSeen, ended
    }
    private let limits: TarLimits
    private var state = State.header
    private var pending: [UInt8] = []
    private var records = PAXRecords(isTolerant: true)
    private var offset = 0
    private var entries = 0
    private var sparse: (remaining: Int, padding: Int) = (0, 0)

    package init(limits: TarLimits) { self.limits = limits }

    /// Takes the next piece.
    package mutating func read(_ chunk: UnsafeRawBufferPointer, into receiver: inout some TarStreamReceiver) throws(ArchiveError) {
        var position = 0
        while position < chunk.count {
            switch state {
            case .header, .zeroSeen, .sparseMap:
                let wanted = TarHeaderBlock.size - pending.count
                let part = UnsafeRawBufferPointer(rebasing: chunk[position..<min(position + wanted, chunk.count)])
                position += part.count
                if pending.isEmpty, part.count == TarHeaderBlock.size {
                    try block(part, into: &receiver)
                } else {
                    pending.append(contentsOf: part)
                    guard pending.count == TarHeaderBlock.size else { return }
                    let whole = pending
                    pending = []
                    try whole.withRawBytes { (raw) throws(ArchiveError) in try block(raw, into: &receiver) }
                }
            case .extending(let flag, let size, let padding):
                let part = chunk[position..<min(position + size - pending.count, chunk.count)]
                pending.append(contentsOf: part)
                position += part.count
                guard pending.count == size else { return }
                let whole = pending
                pending = []
                offset += size + padding
                state = padding > 0 ? .skipping(padding) : .header
                try extend(flag, whole)
            case .body(let remaining, let padding):
                let part = UnsafeRawBufferPointer(rebasing: chunk[position..<min(position + remaining, chunk.count)])
                position += part.count
                try receiver.body(part)
                guard part.count == remaining else {
                    state = .body(remaining: remaining - part.count, padding: padding)
                    return
                }
                state = padding > 0 ? .skipping(padding) : .header
                try receiver.end()
            case .skipping(let count):
                let step = min(count, chunk.count - position)
                position += step
                state = step == count ? .header : .skipping(count - step)
            case .ended: return
            }
        }
    }

    /// The input has ended: throws when an entry has not.
    package mutating func finish() throws(ArchiveError) {
        switch state {
        case .ended, .zeroSeen: return
        // Not all writers close their archives, and no reader minds.
        case .header where pending.isEmpty: return
        default: throw .truncated(.tar, offset: offset)
        }
    }

    private mutating func block(_ bytes: UnsafeRawBufferPointer, into receiver: inout some TarStreamReceiver) throws(ArchiveError) {
        if case .sparseMap = state {
            offset += TarHeaderBlock.size
            // The last byte but seven says whether another block of the map follows.
            if bytes[504] == 0 { try beginBody(sparse.remaining, sparse.padding, &receiver) }
            return
        }
        if bytes[0] == 0, bytes.allSatisfy({ $0 == 0 }) {
            if case .zeroSeen = state { state = .ended } else { state = .zeroSeen }
            offset += TarHeaderBlock.size
            return
        }
        if case .zeroSeen = state { throw .corrupt(.tar, offset: offset, reason: "data after the end") }
        let header = try TarHeaderBlock(bytes, offset: offset)
        offset += TarHeaderBlock.size
        entries += 1
        guard entries <= limits.entries else { throw .tooMany(.tar, what: "entries", limit: limits.entries) }
        let stated = try header.count(124..<136, "size")
        let flag = header.typeFlag
        if [UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K")].contains(flag) {
            guard stated <= limits.extensionBytes else {
                throw .tooMany(.tar, what: "bytes in an extension header", limit: limits.extensionBytes)
            }
            state = stated == 0 ? .header : .extending(flag: flag, size: stated, padding: Self.padding(stated))
            return
        }
        let entry = self.entry(header, stated: stated)
        records = PAXRecords(isTolerant: true)
        try receiver.begin(entry)
        if flag == UInt8(ascii: "S"), bytes[482] != 0 {
            sparse = (entry.size, Self.padding(entry.size))
            state = .sparseMap
        } else {
            try beginBody(entry.size, Self.padding(entry.size), &receiver)
        }
    }

    private mutating func beginBody(_ size: Int, _ padding: Int, _ receiver: inout some TarStreamReceiver) throws(ArchiveError) {
        // The size is anybody's word: it is held against its limit before it is added to anything.
        guard size <= limits.bodyBytes, case let (end, overflow) = offset.addingReportingOverflow(size + padding), !overflow else {
            throw .tooMany(.tar, what: "bytes of files", limit: limits.bodyBytes)
        }
        offset = end
        state = size > 0 ? .body(remaining: size, padding: padding) : .header
        if size == 0 { try receiver.end() }
    }

    private mutating func extend(_ flag: UInt8, _ body: [UInt8]) throws(ArchiveError) {
        let start = offset
        switch flag {
        case UInt8(ascii: "x"):
            var read = records
            try body.withRawBytes { (raw) throws(ArchiveError) in try read.read(raw, at: start) }
            records = read
        case UInt8(ascii: "L"): records.path = String(decoding: body.prefix { $0 != 0 }, as: UTF8.self)
        case UInt8(ascii: "K"): records.linkPath = String(decoding: body.prefix { $0 != 0 }, as: UTF8.self)
        // What a global header says about names and sizes is passed over by every runtime.
        default: break
        }
    }

    private func entry(_ header: TarHeaderBlock, stated: Int) -> TarStreamEntry {
        let rawPath = records.path ?? header.lossyPath
        let kind = Self.kind(header, rawPath)
        let (path, fault) = TarPath.cleaned(rawPath)
        var entry = TarStreamEntry(path: path, kind: kind ?? .file, size: max(0, records.size ?? stated))
        entry.mode = ((try? header.count(100..<108, "mode")) ?? 0) & 0o7777
        entry.uid = records.uid ?? (try? header.count(108..<116, "user id")) ?? 0
        entry.gid = records.gid ?? (try? header.count(116..<124, "group id")) ?? 0
        entry.extendedAttributes = records.extendedAttributes
        if kind == .symlink || kind == .hardlink { entry.target = records.linkPath ?? header.lossyLinkName }
        if let fault, !(fault == .empty && kind == .directory) {
            entry.trouble = "a name with \(fault.words)"
        } else if kind == nil {
            entry.trouble = "an entry of the unknown type \(header.typeFlag)"
        } else if records.isSparse || header.typeFlag == UInt8(ascii: "S") {
            entry.trouble = "a sparse file"
        }
        return entry
    }

    private static func padding(_ size: Int) -> Int { (TarHeaderBlock.size - size % TarHeaderBlock.size) % TarHeaderBlock.size }

    private static func kind(_ header: TarHeaderBlock, _ rawPath: String) -> TarEntry.Kind? {
        switch header.typeFlag {
        case UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"), 0: rawPath.utf8.last == 0x2F ? .directory : .file
        case UInt8(ascii: "1"): .hardlink
        case UInt8(ascii: "2"): .symlink
        case UInt8(ascii: "3"): .characterDevice
        case UInt8(ascii: "4"): .blockDevice
        case UInt8(ascii: "5"): .directory
        case UInt8(ascii: "6"): .fifo
        default: nil
        }
    }
}

/// One entry of a stream; its body follows in pieces.
package struct TarStreamEntry: Hashable, Sendable {
    /// Relative, without `.`, `..` and empty segments; empty for the root, and when there is `trouble` with the name.
    package var path: String
    package var kind: TarEntry.Kind
    package var mode = 0
    package var uid = 0
    package var gid = 0
    package var size: Int
    /// As written.
    package var target: String?
    package var extendedAttributes: [String: [UInt8]] = [:]
    /// Why this entry must not be taken as it is; nil for most.
    package var trouble: String?

    package init(path: String, kind: TarEntry.Kind, size: Int) {
        self.path = path
        self.kind = kind
        self.size = size
    }
}

/// Who is told what a stream holds: `begin`, any number of `body`, `end`, for each entry.
package protocol TarStreamReceiver {
    mutating func begin(_ entry: TarStreamEntry) throws(ArchiveError)
    /// Valid during the call only.
    mutating func body(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError)
    mutating func end() throws(ArchiveError)
}

extension TarPath {
    /// A name as runtimes understand it: a leading slash means the root, `.` and empty segments mean nothing. `..` is a fault.
    package static func cleaned(_ raw: String) -> (path: String, fault: Fault?) {
        let plain = normalise(raw)
        switch fault(in: plain) {
        case nil, .controlCharacter: return (plain, nil)
        case .empty: return ("", .empty)
        default: break
        }
        var segments: [Substring] = []
        for segment in plain.split(separator: "/") where segment != "." {
            if segment == ".." { return ("", .parentSegment) }
            if segment.utf8.count > maximumSegmentBytes { return ("", .segmentTooLong(bytes: segment.utf8.count)) }
            segments.append(segment)
        }
        let path = segments.joined(separator: "/")
        if path.isEmpty { return ("", .empty) }
        if path.utf8.count > maximumBytes { return ("", .tooLong(bytes: path.utf8.count)) }
        if path.utf8.contains(0) { return ("", .nulByte) }
        return (path, nil)
    }
}
