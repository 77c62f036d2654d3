// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// An HTTP proxy: `http://user:password@host:3128`, or `host:3128`.
package struct ProxyAddress: Sendable, Hashable {
    package let host: String
    package let port: Int
    let user: String?
    let password: String?

    package init(_ text: String, variable: String) throws(TransportError) {
        let remedy = "write it as http://host:port"
        let address: WebAddress
        do throws(TransportError) { address = try WebAddress(text.contains("://") ? text : "http://" + text) } catch {
            throw .setting(variable, reason: "something that is not an address", remedy: remedy)
        }
        guard address.scheme == .http else {
            throw .setting(variable, reason: "a proxy reached by \(address.scheme.rawValue)", remedy: remedy)
        }
        host = address.host
        port = address.port
        user = address.user
        password = address.password
    }

    /// `http://host:port`, for building requests.
    var origin: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    /// The value of a Proxy-Authorization header; nil without a user.
    var authorization: String? {
        user.map { "Basic " + Data("\($0):\(password ?? "")".utf8).base64EncodedString() }
    }
}

/// The hosts that are reached without a proxy: `localhost,.corp.example,10.0.0.0/8,registry:5000`.
package struct NoProxyList: Sendable, Hashable {
    private let entries: [String]

    package init(_ text: String) {
        entries = text.split { $0 == "," || $0.isWhitespace }.map { $0.lowercased() }
    }

    /// Whether a host is reached directly. This machine always is.
    package func covers(host: String, port: Int) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "::1" || Self.network("127.0.0.0/8", contains: host) { return true }
        return entries.contains { entry in
            if entry == "*" { return true }
            if entry.contains("/") { return Self.network(entry, contains: host) }
            var name = entry
            if let colon = entry.lastIndex(of: ":"), entry.filter({ $0 == ":" }).count == 1 {
                guard Int(entry[entry.index(after: colon)...]) == port else { return false }
                name = String(entry[..<colon])
            }
            if name.hasPrefix("*.") { name.removeFirst() }
            let bare = name.hasPrefix(".") ? String(name.dropFirst()) : name
            return !bare.isEmpty && (host == bare || host.hasSuffix("." + bare))
        }
    }

    private static func network(_ network: String, contains host: String) -> Bool {
        let parts = network.split(separator: "/")
        guard parts.count == 2, let base = bytes(String(parts[0])), let address = bytes(host), base.count == address.count,
            let length = Int(parts[1]), (0...(base.count * 8)).contains(length)
        else { return false }
        return (0..<length).allSatisfy { bit in
            let mask: UInt8 = 0x80 >> UInt8(bit % 8)
            return base[bit / 8] & mask == address[bit / 8] & mask
        }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }
}
