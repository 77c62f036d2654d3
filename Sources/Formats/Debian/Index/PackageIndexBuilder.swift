// SPDX-License-Identifier: Apache-2.0
import Archive

/// Makes a stored package index out of the text of a Packages file that arrives in pieces.
///
/// Pieces may end anywhere. Only what resolution and fetching need is kept; no text becomes a String on the way.
package struct PackageIndexBuilder {
    typealias Layout = PackageIndexLayout

    /// What a builder accepts from a hostile archive.
    package struct Limits: Hashable, Sendable {
        package var textBytes: Int
        package var stanzaBytes: Int
        package var records: Int
        package init(textBytes: Int = 1 << 30, stanzaBytes: Int = 4 << 20, records: Int = 2_000_000) {
            self.textBytes = textBytes
            self.stanzaBytes = stanzaBytes
            self.records = records
        }
    }

    let limits: Limits
    /// Header and pool; the tables follow at the end.
    var output: [UInt8]
    var records: [UInt32] = []
    var provides: [UInt32] = []
    var stanza = Stanza()
    private var carry: [UInt8] = []
    private var textBytes = 0

    /// `expectedTextBytes` spares copies: the size of the text when it is known.
    package init(expectedTextBytes: Int = 0, limits: Limits = Limits()) {
        self.limits = limits
        output = []
        // Half of the text stays, and the tables take a sixth; what is reserved and not used costs addresses, not memory.
        output.reserveCapacity(Swift.min(expectedTextBytes, 256 << 20) / 4 * 3 + Layout.headerBytes)
        output.append(contentsOf: repeatElement(0, count: Layout.headerBytes))
    }

    /// Takes the next piece of text.
    package mutating func append(_ chunk: UnsafeRawBufferPointer) throws(DebianError) {
        textBytes += chunk.count
        guard textBytes <= limits.textBytes else { throw .tooLarge(what: "bytes of a Packages file", limit: limits.textBytes) }
        var start = 0
        if !carry.isEmpty {
            guard let end = endOfStanza(in: chunk) else { return try keep(chunk) }
            try keep(UnsafeRawBufferPointer(rebasing: chunk[..<end]))
            let whole = carry
            carry.removeAll(keepingCapacity: true)
            try parse(whole)
            start = end
        }
        // Everything up to the last empty line is whole paragraphs.
        var end = chunk.count
        while end > start + 1, chunk[end - 1] != 0x0A || chunk[end - 2] != 0x0A { end -= 1 }
        if end > start + 1 {
            try parse(UnsafeRawBufferPointer(rebasing: chunk[start..<end]))
            start = end
        }
        if start < chunk.count { try keep(UnsafeRawBufferPointer(rebasing: chunk[start...])) }
    }

    /// Takes the next piece of text.
    package mutating func append(_ chunk: [UInt8]) throws(DebianError) {
        try chunk.withRaw { (bytes) throws(DebianError) in try append(bytes) }
    }

    /// The stored index of everything that was taken. The builder is spent.
    package mutating func finish() throws(DebianError) -> [UInt8] {
        if !carry.isEmpty {
            let whole = carry
            carry = []
            try parse(whole)
        }
        return try assemble()
    }

    /// The stored index of a whole file, compressed as its name says: `Packages.xz`.
    package static func build(named name: String, _ bytes: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(DebianError) -> [UInt8]
    {
        var builder = PackageIndexBuilder(expectedTextBytes: bytes.count * 5, limits: limits)
        var failure: DebianError?
        do throws(ArchiveError) {
            try Decompressor.decode(named: name, bytes, limit: limits.textBytes) { chunk in
                do throws(DebianError) {
                    try builder.append(chunk)
                    return .more
                } catch {
                    failure = error
                    return .stop
                }
            }
        } catch {
            throw .unreadable(name, error)
        }
        if let failure { throw failure }
        return try builder.finish()
    }

    // The index behind the empty line that ends the paragraph begun in `carry`.
    private func endOfStanza(in chunk: UnsafeRawBufferPointer) -> Int? {
        var previous = carry.last ?? 0
        for index in 0..<chunk.count {
            let byte = chunk[index]
            if byte == 0x0A, previous == 0x0A { return index + 1 }
            previous = byte
        }
        return nil
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(DebianError) {
        guard carry.count + bytes.count <= limits.stanzaBytes else {
            throw .tooLarge(what: "bytes in one paragraph", limit: limits.stanzaBytes)
        }
        carry.append(contentsOf: bytes)
    }

    private mutating func parse(_ bytes: [UInt8]) throws(DebianError) {
        try bytes.withRaw { (bytes) throws(DebianError) in try parse(bytes) }
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` that keeps the type of the error.
    func withRaw<Result>(_ body: (UnsafeRawBufferPointer) throws(DebianError) -> Result) throws(DebianError) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(DebianError) -> Result in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
