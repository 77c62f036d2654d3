// SPDX-License-Identifier: Apache-2.0
// https://github.com/package-url/purl-spec (ECMA-427)

extension PackageURL {
    /// Reads a package URL of at most `limit` bytes, in canonical form or not.
    package init(_ text: String) throws(SBOMError) {
        func refused(_ reason: String) -> SBOMError { .malformedPackageURL(text, reason: reason) }
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.limit else { throw refused("it is longer than \(Self.limit) bytes") }
        guard bytes.starts(with: Array("pkg:".utf8)) else { throw refused("it does not begin with pkg:") }
        // Read from the right as the specification does: subpath, qualifiers, version; then type, name, namespace.
        var rest = bytes[4...]
        func cut(at mark: UInt8, from position: ArraySlice<UInt8>.Index?) -> ArraySlice<UInt8>? {
            guard let position, rest[position] == mark else { return nil }
            defer { rest = rest[..<position] }
            return rest[(position + 1)...]
        }
        func decode(_ slice: ArraySlice<UInt8>, _ part: String) throws(SBOMError) -> String {
            guard let text = Self.decode(slice) else { throw refused("the \(part) is not percent-encoded UTF-8") }
            return text
        }
        let subpathBytes = cut(at: 0x23, from: rest.firstIndex(of: 0x23))
        let qualifierBytes = cut(at: 0x3F, from: rest.firstIndex(of: 0x3F))
        rest = rest.drop { $0 == 0x2F }
        guard let slash = rest.firstIndex(of: 0x2F) else { throw refused("it has no name after the type") }
        let type = String(decoding: rest[..<slash], as: UTF8.self)
        rest = rest[(slash + 1)...]
        let lastSlash = rest.lastIndex(of: 0x2F)
        let at = rest.lastIndex(of: 0x40)
        let versionBytes = cut(at: 0x40, from: at.flatMap { at in lastSlash.map { at > $0 } ?? true ? at : nil })
        let segments = rest.split(separator: 0x2F)
        guard let last = segments.last else { throw refused("the name is empty") }
        var namespace: [String] = []
        for segment in segments.dropLast() {
            let name = try decode(segment, "namespace")
            guard !name.utf8.contains(0x2F) else { throw refused("a segment of the namespace holds an encoded slash") }
            namespace.append(name)
        }
        var qualifiers: [String: String] = [:]
        for pair in (qualifierBytes ?? []).split(separator: 0x26) {
            guard let equals = pair.firstIndex(of: 0x3D) else { throw refused("a qualifier has no value") }
            let key = String(decoding: pair[..<equals], as: UTF8.self).lowercased()
            guard qualifiers.updateValue(try decode(pair[(equals + 1)...], "qualifier \(key)"), forKey: key) == nil else {
                throw refused("the qualifier \(key) is given twice")
            }
        }
        var subpath: [String] = []
        for segment in (subpathBytes ?? []).split(separator: 0x2F) {
            let name = try decode(segment, "subpath")
            guard name != "..", !name.utf8.contains(0x2F) else { throw refused("the subpath leads out of the package") }
            if name != "." { subpath.append(name) }
        }
        try self.init(
            type: type, namespace: namespace.joined(separator: "/"), name: try decode(last, "name"),
            version: try versionBytes.map { bytes throws(SBOMError) in try decode(bytes, "version") }, qualifiers: qualifiers,
            subpath: subpath.joined(separator: "/"))
    }

    package var description: String {
        var text = Array("pkg:\(type)/".utf8)
        func write(segments: String) {
            for (position, segment) in segments.utf8.split(separator: 0x2F).enumerated() {
                if position > 0 { text.append(0x2F) }
                Self.encode(segment, into: &text)
            }
        }
        if let namespace {
            write(segments: namespace)
            text.append(0x2F)
        }
        Self.encode(name.utf8, into: &text)
        if let version {
            text.append(0x40)
            // The type definition of oci writes the colon of a digest encoded; everywhere else a colon stands for itself.
            Self.encode(version.utf8, into: &text, encodingColon: type == "oci")
        }
        for (position, key) in qualifiers.keys.sorted().enumerated() {
            text.append(position == 0 ? 0x3F : 0x26)
            text += Array("\(key)=".utf8)
            Self.encode((qualifiers[key] ?? "").utf8, into: &text)
        }
        if let subpath {
            text.append(0x23)
            write(segments: subpath)
        }
        return String(decoding: text, as: UTF8.self)
    }

    package init(from decoder: any Decoder) throws {
        self = try PackageURL(decoder.singleValueContainer().decode(String.self))
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func encode(_ bytes: some Sequence<UInt8>, into text: inout [UInt8], encodingColon: Bool = false) {
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: text.append(byte)
            case 0x3A where !encodingColon: text.append(byte)
            default: text += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var position = bytes.startIndex
        while position < bytes.endIndex {
            if bytes[position] == 0x25 {
                guard position + 2 < bytes.endIndex, let high = nibble(bytes[position + 1]), let low = nibble(bytes[position + 2]) else {
                    return nil
                }
                decoded.append(high << 4 | low)
                position += 3
            } else {
                decoded.append(bytes[position])
                position += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
