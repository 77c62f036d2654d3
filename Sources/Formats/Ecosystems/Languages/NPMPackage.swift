// SPDX-License-Identifier: Apache-2.0
// https://docs.npmjs.com/cli/v11/configuring-npm/package-json, package-lock-json
import Base

/// `package.json` of an installed package, and lock files.
package enum NPMPackage {
    package static let limit = 64 << 20

    /// Without name or version it describes no package: a folder of tests, a hint for a bundler. Nil then.
    package static func manifest(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading? {
        let json = try json(bytes, "a package.json")
        guard let name = json["name"]?.string, let version = json["version"]?.string, isName(name), !version.isEmpty else { return nil }
        var reading = PackageReading()
        let listed = json["licenses"]?.array?.compactMap { $0["type"]?.string ?? $0.string } ?? []
        let license =
            json["license"]?.string ?? json["license"]?["type"]?.string ?? (listed.isEmpty ? nil : listed.joined(separator: " OR "))
        reading.packages = [FoundPackage(.npm, name, version, license: license)]
        return reading
    }

    /// `package-lock.json` of versions 1 to 3: declared, since it says nothing of what is installed.
    package static func lock(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading {
        let json = try json(bytes, "a package-lock.json")
        var reading = PackageReading()
        var seen: Set<String> = []
        func add(_ name: String, _ entry: JSON) {
            guard let version = entry["version"]?.string, isName(name) else { return reading.fault("\(name.prefix(200)) has no version") }
            guard seen.insert("\(name)@\(version)").inserted else { return }
            reading.packages.append(FoundPackage(.npm, name, version, license: entry["license"]?.string, state: .declared))
        }
        if let packages = json["packages"]?.object {
            for (path, entry) in packages.sorted(by: { $0.key < $1.key }) where !path.isEmpty && entry["link"]?.bool != true {
                guard let mark = path.range(of: "node_modules/", from: path.endIndex) else { continue }
                add(entry["name"]?.string ?? String(path[mark...]), entry)
            }
        } else {
            // Version 1 nests. The parser allows 128 levels.
            var open = [json]
            while let next = open.popLast() {
                for (name, entry) in (next["dependencies"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                    add(name, entry)
                    if entry["dependencies"] != nil { open.append(entry) }
                }
            }
        }
        return reading
    }

    private static func json(_ bytes: UnsafeRawBufferPointer, _ what: String) throws(EcosystemsError) -> JSON {
        guard bytes.count <= limit else { throw .tooMuch(what: "bytes in \(what)", limit: limit) }
        // Some editors put a byte order mark in front.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        do throws(JSONError) { return try JSON.parse(Array(text), limit: limit) } catch {
            throw .malformed(what: what, reason: error.diagnosis.summary)
        }
    }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 214 && !name.utf8.contains { $0 <= 0x20 || $0 == 0x7F }
    }
}

extension String {
    /// The end of the last occurrence of a word, without Foundation.
    fileprivate func range(of word: String, from end: Index) -> Index? {
        var position = end
        while position > startIndex {
            position = index(before: position)
            if self[position...].hasPrefix(word) { return index(position, offsetBy: word.count) }
        }
        return nil
    }
}
