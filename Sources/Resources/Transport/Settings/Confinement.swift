// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Where requests may go when somebody else says where: a server that redirects, a registry that names its token server.
///
/// Over https anywhere but to an address of a private network that is written as a number; over http only from this machine to this
/// machine. The home itself, with its scheme and port, is always allowed. What a name leads to is not looked at: whoever answers
/// must show a certificate of that name.
package struct Confinement: Sendable {
    private let home: WebAddress

    /// - Parameter home: the address that the operator wrote.
    package init(home: String) throws(TransportError) { self.home = try WebAddress(home) }

    /// Why an address may not be asked; nil when it may.
    package func refusal(of address: WebAddress) -> String? {
        if address.hasSameOrigin(as: home) { return nil }
        let homeKind = HostKind(home.host)
        switch address.scheme {
        case .file: return "a file of this machine"
        case .http:
            guard home.scheme == .http, homeKind == .loopback, HostKind(address.host) == .loopback else {
                return "\(address.host) over http"
            }
            return nil
        case .https:
            switch HostKind(address.host) {
            case .other: return nil
            case .loopback: return homeKind == .loopback ? nil : "this machine (\(address.host))"
            case .reserved: return homeKind == .reserved ? nil : "an address of a private network (\(address.host))"
            case .linkLocal: return "an address of this link (\(address.host))"
            }
        }
    }
}

/// What a host is when it is written as a number, in any of the spellings that the C library takes.
enum HostKind: Equatable {
    case loopback
    /// Private or reserved: 10.0.0.0/8, fc00::/7 and their like.
    case reserved
    /// 169.254.0.0/16 and fe80::/10, where clouds tell machines their secrets.
    case linkLocal
    /// A name, or an address of the public network.
    case other

    init(_ host: String) {
        if host == "localhost" || host.hasSuffix(".localhost") {
            self = .loopback
            return
        }
        var six = in6_addr()
        let bare = host.prefix { $0 != "%" }
        if inet_pton(AF_INET6, String(bare), &six) == 1 {
            self = Self.kind(six: withUnsafeBytes(of: &six) { Array($0) })
            return
        }
        var four = in_addr()
        // Also 127.1, 0x7f000001 and 2130706433.
        if inet_aton(host, &four) != 0 {
            self = Self.kind(four: withUnsafeBytes(of: &four) { Array($0) })
            return
        }
        self = .other
    }

    private static func kind(four bytes: [UInt8]) -> HostKind {
        switch (bytes[0], bytes[1]) {
        case (127, _): .loopback
        case (169, 254): .linkLocal
        case (0, _), (10, _), (172, 16...31), (192, 168), (100, 64...127), (198, 18...19), (224..., _): .reserved
        default: .other
        }
    }

    private static func kind(six bytes: [UInt8]) -> HostKind {
        if bytes == [UInt8](repeating: 0, count: 15) + [1] { return .loopback }
        if bytes.allSatisfy({ $0 == 0 }) { return .reserved }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        // 64:ff9b::/96 leads to the same addresses through a translator.
        let isTranslated = bytes[..<4] == [0, 0x64, 0xFF, 0x9B] && bytes[4..<12].allSatisfy { $0 == 0 }
        if isMapped || isTranslated { return kind(four: Array(bytes[12...])) }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return .linkLocal }
        if bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFF { return .reserved }
        return .other
    }
}
