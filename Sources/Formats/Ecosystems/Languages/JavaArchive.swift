// SPDX-License-Identifier: Apache-2.0
// https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html; Maven Archiver, "pom.properties"
import Archive
import Base

/// A jar, war or ear, and the archives inside it.
package enum JavaArchive {
    /// What is taken for an archive by its name.
    package static let suffixes = [".jar", ".war", ".ear", ".par", ".sar", ".nar", ".jpi", ".hpi", ".kar", ".lpkg"]
    private static let depthLimit = 6
    /// Of all archives inside one another together.
    private static let unpackedLimit = 1 << 30

    package static func isArchive(_ name: String) -> Bool { suffixes.contains { name.utf8.count > 4 && name.hasSuffix($0) } }

    /// The archive's own package, those whose `pom.properties` it carries, and those of archives inside.
    package static func packages(_ bytes: UnsafeRawBufferPointer, named name: String) throws(EcosystemsError) -> PackageReading {
        var budget = unpackedLimit
        do throws(ArchiveError) { return try read(bytes, name, inside: nil, depth: 0, &budget) } catch {
            throw .malformed(what: "a Java archive", reason: error.diagnosis.summary)
        }
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, _ name: String, inside: String?, depth: Int, _ budget: inout Int
    ) throws(ArchiveError) -> PackageReading {
        let archive = try ZipArchive(bytes)
        var reading = PackageReading()
        var poms: [PomProperties] = []
        var manifest: [String: String]?
        var inner: [ZipArchive.Member] = []
        var hasClasses = false
        for member in archive.members where !member.isDirectory {
            if member.name.hasPrefix("META-INF/maven/"), member.name.hasSuffix("/pom.properties") {
                do throws(ArchiveError) {
                    if let pom = PomProperties(try take(member, archive, limit: 1 << 20, &budget)) { poms.append(pom) }
                } catch { reading.fault("\(place(member.name, inside)): \(error.diagnosis.summary)") }
            } else if member.name.uppercasedASCII == "META-INF/MANIFEST.MF", manifest == nil {
                do throws(ArchiveError) { manifest = Self.manifest(try take(member, archive, limit: 4 << 20, &budget)) } catch {
                    reading.fault("\(place(member.name, inside)): \(error.diagnosis.summary)")
                }
            } else if isArchive(member.name) {
                inner.append(member)
            } else if member.name.hasSuffix(".class") {
                hasClasses = true
            }
        }
        let file = FileName(name)
        let own = poms.first { file.isOf($0.artifact) }
        if let own {
            reading.packages.append(
                FoundPackage(.maven, own.artifact, own.version, group: own.group, license: license(manifest), inside: inside))
        } else if let manifest, let version = file.version ?? version(manifest), !file.name.isEmpty {
            let group = poms.isEmpty ? nil : poms.first { $0.version == version && file.name.hasPrefix($0.artifact) }?.group
            reading.packages.append(
                FoundPackage(.maven, file.name, version, group: group ?? groupOf(manifest), license: license(manifest), inside: inside))
        }
        // Code that nobody names is there all the same.
        if reading.packages.isEmpty, poms.isEmpty, hasClasses {
            reading.packages.append(FoundPackage(.maven, file.name.isEmpty ? name : file.name, file.version ?? "", inside: inside))
        }
        for pom in poms where pom != own {
            reading.packages.append(FoundPackage(.maven, pom.artifact, pom.version, group: pom.group, inside: inside))
        }
        for member in inner {
            let title = place(member.name, inside)
            guard depth < depthLimit else {
                reading.fault("\(title): an archive more than \(depthLimit) levels deep")
                continue
            }
            do throws(ArchiveError) {
                let content = try take(member, archive, limit: 256 << 20, &budget)
                let found = try content.withRaw { (raw) throws(ArchiveError) in
                    try read(raw, String(member.name.split(separator: "/").last ?? ""), inside: title, depth: depth + 1, &budget)
                }
                reading.add(found)
            } catch { reading.fault("\(title): \(error.diagnosis.summary)") }
        }
        return reading
    }

    private static func take(
        _ member: ZipArchive.Member, _ archive: ZipArchive, limit: Int, _ budget: inout Int
    ) throws(ArchiveError) -> [UInt8] {
        let most = min(limit, budget)
        // What is unpacked in vain was work as well.
        budget -= min(member.size, most)
        return try archive.content(of: member, limit: most)
    }

    private static func place(_ name: String, _ outer: String?) -> String { outer.map { "\($0)!\(name)" } ?? name }

    /// The main section, with continued lines joined.
    static func manifest(_ bytes: [UInt8]) -> [String: String] {
        var values: [String: String] = [:]
        var last: String?
        bytes.withUnsafeBytes { raw in
            for line in TextLines(raw) {
                if line.isEmpty { break }
                if line.first == " ", let key = last {
                    values[key, default: ""] += line.dropFirst()
                } else if let colon = line.firstIndex(of: ":") {
                    last = String(line[..<colon])
                    values[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
                }
            }
        }
        return values
    }

    private static func version(_ manifest: [String: String]) -> String? {
        for key in ["Implementation-Version", "Specification-Version", "Plugin-Version", "Bundle-Version"] {
            if let value = manifest[key], !value.isEmpty, !value.hasPrefix("${") { return value }
        }
        return nil
    }

    private static func license(_ manifest: [String: String]?) -> String? {
        manifest?["Bundle-License"].flatMap { $0.isEmpty ? nil : String($0.prefix(200)) }
    }

    // `org.apache.commons.lang3` of a bundle: what stands before the last dot is the best guess there is.
    private static func groupOf(_ manifest: [String: String]) -> String? {
        let name = manifest["Bundle-SymbolicName"]?.prefix { $0 != ";" } ?? ""
        guard let dot = name.lastIndex(of: "."), name.contains(".") else { return nil }
        return name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) ? String(name[..<dot]) : nil
    }

    /// `commons-lang3-3.12.0.jar`: a name and a version, parted where a dash is followed by a digit.
    struct FileName {
        var name: String
        var version: String?

        init(_ file: String) {
            let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file[...]
            var cut: Substring.Index?
            for index in stem.indices where stem[index] == "-" {
                let rest = stem[stem.index(after: index)...]
                if rest.first?.isASCII == true, rest.first?.isNumber == true { cut = index; break }
            }
            name = String(cut.map { stem[..<$0] } ?? stem)
            version = cut.map { String(stem[stem.index(after: $0)...]) }
        }

        func isOf(_ artifact: String) -> Bool { name == artifact || (version == nil && name.hasPrefix(artifact + "-")) }
    }
}

/// Group, artifact and version, as Maven writes them into what it packs.
private struct PomProperties: Hashable {
    var group: String
    var artifact: String
    var version: String

    init?(_ bytes: [UInt8]) {
        var values: [Substring: String] = [:]
        bytes.withUnsafeBytes { raw in
            for line in TextLines(raw) where !line.hasPrefix("#") {
                guard let equals = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
                let value = line[line.index(after: equals)...].drop { $0 == " " }
                values[line[..<equals].prefix { $0 != " " }] = String(value.reversed().drop { $0 == " " }.reversed())
            }
        }
        guard let group = values["groupId"], let artifact = values["artifactId"], let version = values["version"], !artifact.isEmpty,
            !version.isEmpty
        else { return nil }
        self.group = group
        self.artifact = artifact
        self.version = version
    }
}

extension String {
    fileprivate var uppercasedASCII: String {
        String(decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` that keeps the type of the error.
    fileprivate func withRaw<Result>(_ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Result) throws(ArchiveError) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(ArchiveError) -> Result in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
