// SPDX-License-Identifier: Apache-2.0
// https://pkg.go.dev/debug/buildinfo, src/debug/buildinfo/buildinfo.go
package import ELF

/// What the Go linker leaves in a program: its own version, the main module and all others.
package struct GoBuildInfo: Hashable, Sendable {
    /// `go1.22.1`.
    package var toolchain: String
    package var main: Module?
    package var modules: [Module]
    /// `-tags`, `vcs.revision`, `CGO_ENABLED`, …
    package var settings: [String: String]

    package struct Module: Hashable, Sendable {
        package var path: String
        package var version: String
    }

    private static let mark: [UInt8] = [0xFF] + Array(" Go buildinf:".utf8)
    private static let textLimit = 16 << 20

    /// Nil when the program was not made by Go.
    package init?(_ bytes: UnsafeRawBufferPointer, _ sections: ELFSections) throws(EcosystemsError) {
        // Linkers other than Go's may lose the section, and then it stands somewhere in the data, on a multiple of sixteen.
        guard let place = sections.sections[".go.buildinfo"] ?? sections.data else { return nil }
        let part = UnsafeRawBufferPointer(rebasing: bytes[place])
        guard let start = Self.find(in: part) else { return nil }
        let info = UnsafeRawBufferPointer(rebasing: part[start...])
        guard info.count >= 32 else { throw .malformed(what: "build information of Go", reason: "its first \(info.count) bytes") }
        let texts: (version: UnsafeRawBufferPointer, modules: UnsafeRawBufferPointer)?
        texts = info[15] & 2 != 0 ? Self.inline(info) : Self.pointed(info, bytes, sections)
        guard let texts else { throw .malformed(what: "build information of Go", reason: "texts outside the file") }
        toolchain = String(decoding: texts.version.prefix(256), as: UTF8.self)
        // Sixteen bytes on either side mark the text for tools that look for it.
        let framed = texts.modules
        let text = framed.count >= 33 && framed[framed.count - 17] == 0x0A ? framed[16..<framed.count - 16] : framed[0..<0]
        main = nil
        modules = []
        settings = [:]
        try read(UnsafeRawBufferPointer(rebasing: text))
    }

    /// The modules as packages, with the standard library in the version of the toolchain.
    package var reading: PackageReading {
        var reading = PackageReading()
        if let main, !main.path.isEmpty { reading.packages.append(FoundPackage(.golang, main.path, Self.mainVersion(main, settings))) }
        for module in modules { reading.packages.append(FoundPackage(.golang, module.path, module.version)) }
        // `go1.22.1 X:boringcrypto`, `devel go1.23-…`
        let version = toolchain.split(separator: " ").first { $0.hasPrefix("go1") }
        if let version { reading.packages.append(FoundPackage(.golang, "stdlib", String(version.dropFirst(2)), license: "BSD-3-Clause")) }
        return reading
    }

    // `(devel)` says nothing; what was given to the linker, or the commit, does.
    private static func mainVersion(_ main: Module, _ settings: [String: String]) -> String {
        guard main.version == "(devel)" || main.version.isEmpty, let flags = settings["-ldflags"] else { return main.version }
        for word in flags.split(whereSeparator: { " '\"".contains($0) }) {
            guard let equals = word.firstIndex(of: "="), word[..<equals].lowercased().hasSuffix("main.version") else { continue }
            let value = word[word.index(after: equals)...]
            let digits = value.drop { $0 == "v" }
            if digits.first?.isNumber == true { return value.hasPrefix("v") ? String(value) : "v\(value)" }
        }
        return main.version
    }

    private static func find(in part: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        while position + 32 <= part.count {
            if part[position] == mark[0], part[position..<position + mark.count].elementsEqual(mark) { return position }
            position += 16
        }
        return nil
    }

    // Since 1.18: two texts, each with its length in front, base 128 with the lowest bits first.
    private static func inline(_ info: UnsafeRawBufferPointer) -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer)? {
        var position = 32
        func text() -> UnsafeRawBufferPointer? {
            var length = 0
            for shift in stride(from: 0, through: 28, by: 7) {
                guard position < info.count else { return nil }
                let byte = info[position]
                position += 1
                length |= Int(byte & 0x7F) << shift
                if byte & 0x80 == 0 { break }
                if shift == 28 { return nil }
            }
            guard length <= textLimit, length <= info.count - position else { return nil }
            defer { position += length }
            return UnsafeRawBufferPointer(rebasing: info[position..<position + length])
        }
        guard let version = text(), let modules = text() else { return nil }
        return (version, modules)
    }

    // Before 1.18: addresses of two strings, each an address and a length.
    private static func pointed(
        _ info: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer, _ sections: ELFSections
    ) -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer)? {
        let width = Int(info[14])
        guard width == 4 || width == 8 else { return nil }
        let isBig = info[15] & 1 != 0
        func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
            let digits = bytes[offset..<offset + width]
            return isBig ? digits.reduce(0) { $0 << 8 | UInt64($1) } : digits.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        func text(_ offset: Int) -> UnsafeRawBufferPointer? {
            guard let header = sections.range(ofAddress: word(info, offset), count: 2 * width) else { return nil }
            let place = UnsafeRawBufferPointer(rebasing: bytes[header])
            let length = word(place, width)
            guard length <= UInt64(textLimit) else { return nil }
            if length == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
            return sections.range(ofAddress: word(place, 0), count: Int(length)).map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
        }
        guard let version = text(16), let modules = text(16 + width) else { return nil }
        return (version, modules)
    }

    // `runtime/debug.ParseBuildInfo`: tab-separated lines.
    private mutating func read(_ text: UnsafeRawBufferPointer) throws(EcosystemsError) {
        var isMain = false
        for line in TextLines(text) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            switch fields[0] {
            // The package of `main`: all there is when the program was built without modules.
            case "path" where fields.count >= 2 && main == nil && !fields[1].isEmpty && fields[1] != "command-line-arguments":
                main = Module(path: fields[1], version: "(devel)")
            case "mod" where fields.count >= 3:
                main = Module(path: fields[1], version: fields[2])
                isMain = true
            case "dep" where fields.count >= 3:
                guard modules.count < 100_000 else { throw .tooMuch(what: "modules in a Go program", limit: 100_000) }
                modules.append(Module(path: fields[1], version: fields[2]))
                isMain = false
            // What was built in the place of the module above.
            case "=>" where fields.count >= 3:
                if isMain {
                    main = Module(path: fields[1], version: fields[2])
                } else if !modules.isEmpty {
                    modules[modules.count - 1] = Module(path: fields[1], version: fields[2])
                }
            case "build" where fields.count >= 2:
                guard let equals = fields[1].firstIndex(of: "=") else { continue }
                var value = fields[1][fields[1].index(after: equals)...]
                if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
                settings[String(fields[1][..<equals])] = String(value)
            default: continue
            }
        }
    }
}
