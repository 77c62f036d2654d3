// SPDX-License-Identifier: Apache-2.0
// https://manpages.debian.org/trixie/apt/apt_auth.conf.5.en.html
import Foundation

/// User names and passwords of mirrors, in the form apt keeps them in. They are only ever sent to the host they are for.
package struct Credentials: Sendable {
    struct Entry: Sendable, Hashable {
        /// nil when the entry names no protocol: then it is only used over TLS, as apt does.
        var scheme: WebAddress.Scheme?
        var host: String
        /// nil matches every port, as in apt.
        var port: Int?
        /// What the path must start with, letter by letter as in apt; empty is the whole host.
        var path: String
        var login: String
        var password: String
    }
    private let entries: [Entry]
    init(_ entries: [Entry]) { self.entries = entries }

    /// The Authorization header for an address: of the first entry that fits; nil when none does.
    func authorization(for address: WebAddress) -> String? {
        if let user = address.user { return Self.basic(user, address.password ?? "") }
        return entries.first { $0.fits(address) }.map { Self.basic($0.login, $0.password) }
    }

    private static func basic(_ login: String, _ password: String) -> String {
        "Basic " + Data("\(login):\(password)".utf8).base64EncodedString()
    }

    /// Reads `machine [protocol://]host[:port][/path] login x password y`, spread over lines as one likes; `#` starts a comment line.
    static func parse(_ bytes: [UInt8], file: String) throws(TransportError) -> [Entry] {
        let remedy = "write lines such as: machine mirror.example login NAME password SECRET"
        guard bytes.count <= 1 << 20 else { throw .setting(file, reason: "more than 1 MiB", remedy: remedy) }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.drop(while: \.isWhitespace).hasPrefix("#") }
            .flatMap { $0.split(whereSeparator: \.isWhitespace) }.map(String.init)
        var entries: [Entry] = []
        var index = 0
        while index < words.count {
            let value = index + 1 < words.count ? words[index + 1] : ""
            switch words[index] {
            case "machine": entries.append(try machine(value, file: file, remedy: remedy))
            case "login" where !entries.isEmpty: entries[entries.count - 1].login = value
            case "password" where !entries.isEmpty: entries[entries.count - 1].password = value
            // Words apt does not know it ignores; the next one may be one it knows.
            default: index -= 1
            }
            index += 2
        }
        return entries
    }

    private static func machine(_ text: String, file: String, remedy: String) throws(TransportError) -> Entry {
        var rest = text[...]
        var scheme: WebAddress.Scheme?
        if let separator = text.firstRange(of: "://") {
            // Another protocol (tor+https) is not one we speak: the entry stays and fits nothing of ours.
            scheme = WebAddress.Scheme(rawValue: text[..<separator.lowerBound].lowercased()) ?? .file
            rest = text[separator.upperBound...]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        do throws(TransportError) {
            let address = try WebAddress("http://" + rest[..<slash])
            let hasPort = rest[..<slash].last != "]" && rest[..<slash].contains(":")
            return Entry(
                scheme: scheme, host: address.host, port: hasPort ? address.port : nil, path: String(rest[slash...]), login: "",
                password: "")
        } catch { throw .setting(file, reason: "a machine that is no host", remedy: remedy) }
    }
}

extension Credentials.Entry {
    func fits(_ address: WebAddress) -> Bool {
        guard host == address.host, address.scheme == (scheme ?? .https) else { return false }
        guard address.port == port ?? address.port else { return false }
        guard !path.isEmpty, path != "/" else { return true }
        // `..` must not lead out of the folder that the password is for.
        return address.path.hasPrefix(path) && !Percent.decoded(address.path).split(separator: "/").contains("..")
    }
}
