// SPDX-License-Identifier: Apache-2.0
import Foundation

/// An IPv4 or IPv6 address.
struct IPAddress: Hashable, Sendable {
    /// Four or sixteen; an IPv4 address inside of IPv6 is four.
    let bytes: [UInt8]

    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let all = withUnsafeBytes(of: &six) { Array($0) }
            let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
            bytes = isMapped ? Array(all[12...]) : all
        } else {
            return nil
        }
    }

    var isLoopback: Bool { bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1 }

    /// What one subscriber has: an IPv4 address, or a network of 64 bits.
    var subscriber: String {
        bytes.count == 4
            ? bytes.map(String.init).joined(separator: ".") : Array(bytes[..<8]).map { String($0, radix: 16) }.joined(separator: ":")
    }
}

/// A network such as `10.0.0.0/8` or a single address.
package struct AddressRange: Hashable, Sendable {
    private let base: [UInt8]
    private let length: Int

    /// nil for anything else, also for a base with bits outside of the network.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        base = address.bytes
        guard parts.count == 2 else {
            length = base.count * 8
            return
        }
        guard let length = Int(parts[1]), (0...base.count * 8).contains(length) else { return nil }
        self.length = length
        guard Self.masked(base, length) == base else { return nil }
    }

    func contains(_ address: IPAddress) -> Bool { address.bytes.count == base.count && Self.masked(address.bytes, length) == base }

    private static func masked(_ bytes: [UInt8], _ length: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(max(length - index * 8, 0), 8)
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }
}

/// Where a request comes from, as far as that can be believed.
struct ClientAddress: Hashable, Sendable {
    /// For logs: the address.
    let text: String
    /// Whether nothing says that somebody else stands behind the address.
    private let isDirect: Bool

    /// `X-Forwarded-For` is read from its end, as long as whoever wrote the entry is one of the proxies.
    init(peer: String?, forwardedFor: String?, isForwarded: Bool, proxies: [AddressRange]) {
        isDirect = forwardedFor == nil && !isForwarded
        text = forwardedFor.flatMap { Self.client(of: $0, from: peer, proxies) } ?? peer ?? "-"
    }

    /// For limits: what one subscriber has.
    var key: String { IPAddress(text)?.subscriber ?? text }
    /// Whether it comes from this machine itself, and no proxy stands between.
    var isLocal: Bool { isDirect && IPAddress(text)?.isLoopback == true }

    private static func client(of forwardedFor: String, from peer: String?, _ proxies: [AddressRange]) -> String? {
        guard let peer, let address = IPAddress(peer), proxies.contains(where: { $0.contains(address) }) else { return nil }
        var text = peer
        for entry in forwardedFor.split(separator: ",").reversed().prefix(32) {
            let entry = withoutPort(entry.filter { $0 != " " && $0 != "\t" })
            guard let next = IPAddress(entry) else { break }
            text = entry
            guard proxies.contains(where: { $0.contains(next) }) else { break }
        }
        return text
    }

    private static func withoutPort(_ entry: String) -> String {
        if entry.hasPrefix("["), let end = entry.firstIndex(of: "]") { return String(entry[entry.index(after: entry.startIndex)..<end]) }
        let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : entry
    }
}
