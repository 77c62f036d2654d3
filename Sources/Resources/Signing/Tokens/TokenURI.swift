// SPDX-License-Identifier: Apache-2.0
// RFC 7512
import Base

/// Which key of which token, and the module that speaks with it:
/// `pkcs11:token=ashlar;object=image?module-path=/usr/lib/…/libsofthsm2.so&pin-source=file:/secure/pin`.
package struct TokenURI: Hashable, Sendable {
    package var modulePath: String
    /// A file; nil when the PIN comes from where passphrases come from.
    package var pinFile: String?
    var token: String?
    var manufacturer: String?
    var serial: String?
    var object: String?
    var id: [UInt8]?

    private static let expected = "token, manufacturer, serial, object, id, type; module-path, pin-source"

    /// Reads a URI. What is not understood is refused: it might be what keeps two keys apart.
    package init(_ text: String) throws(SigningError) {
        guard text.hasPrefix("pkcs11:"), text.utf8.count <= 4096 else { throw Self.bad("it does not begin with pkcs11:") }
        let halves = text.dropFirst(7).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        modulePath = ""
        var seen: Set<String> = []
        for (attributes, separator) in [(halves[0], Character(";")), (halves.count > 1 ? halves[1] : "", "&")] {
            for attribute in attributes.split(separator: separator) {
                guard let equals = attribute.firstIndex(of: "="), case let name = String(attribute[..<equals]),
                    let bytes = Self.decode(attribute[attribute.index(after: equals)...]), seen.insert(name).inserted
                else { throw Self.bad("'\(attribute.prefix(40))' is not an attribute, or stands there twice") }
                try set(name, bytes, isQuery: separator == "&")
            }
        }
        guard modulePath.hasPrefix("/") else { throw Self.bad("module-path is missing or not absolute") }
        guard object != nil || id != nil else { throw Self.bad("neither object nor id says which key") }
        guard token != nil || serial != nil else { throw Self.bad("neither token nor serial says which token") }
    }

    private mutating func set(_ name: String, _ bytes: [UInt8], isQuery: Bool) throws(SigningError) {
        if name == "id", !isQuery { return id = bytes }
        guard let value = String(validating: bytes, as: UTF8.self), !value.isEmpty, !bytes.contains(0) else {
            throw Self.bad("\(name.prefix(40)) has no value")
        }
        switch (name, isQuery) {
        case ("token", false): token = value
        case ("manufacturer", false): manufacturer = value
        case ("serial", false): serial = value
        case ("object", false): object = value
        case ("type", false) where value == "private": break
        case ("module-path", true): modulePath = value
        case ("pin-source", true):
            let path = value.hasPrefix("file:") ? String(value.dropFirst(5)) : value
            guard path.hasPrefix("/"), !path.hasPrefix("//") || path.hasPrefix("///") else {
                throw Self.bad("pin-source is no absolute path of a file")
            }
            pinFile = path
        case ("pin-value", true): throw Self.bad("a PIN does not belong into settings; name a file with pin-source")
        default: throw Self.bad("'\(name.prefix(40))' is not understood here, only \(Self.expected)")
        }
    }

    private static func bad(_ reason: String) -> SigningError {
        .token(
            reason: "the URI cannot be used: \(reason)",
            remedy: "write pkcs11:token=NAME;object=NAME?module-path=/…/module.so&pin-source=file:/…")
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let decoded = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self)) else { return nil }
            bytes += decoded
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
