// SPDX-License-Identifier: Apache-2.0
// https://packaging.python.org/en/latest/specifications/core-metadata/, recording-installed-packages/

/// `METADATA` of a `.dist-info` folder, `PKG-INFO` of an `.egg-info`, and `RECORD` beside the first.
package enum PythonPackage {
    package static func metadata(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading {
        var name = "", version = "", license: String?, classifier: String?
        // The header ends at the first empty line; behind it is the description.
        for line in TextLines(bytes) {
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "\t" else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "name" where name.isEmpty: name = String(value)
            case "version" where version.isEmpty: version = String(value)
            case "license-expression": license = String(value)
            case "license": license = license ?? (value.isEmpty || value == "UNKNOWN" ? nil : String(value.prefix(200)))
            case "classifier" where value.hasPrefix("License ::"):
                classifier = classifier ?? value.split(separator: " :: ").last.map(String.init)
            default: continue
            }
        }
        guard !name.isEmpty, !version.isEmpty else {
            throw .malformed(what: "metadata of a Python package", reason: "no name or no version")
        }
        var reading = PackageReading()
        reading.packages = [FoundPackage(.pypi, name, version, license: license ?? classifier)]
        return reading
    }

    /// `RECORD`: path, digest, size. Paths are relative to the folder that holds the `.dist-info`.
    package static func record(_ bytes: UnsafeRawBufferPointer, package name: String, in folder: String) -> PackageReading {
        var reading = PackageReading()
        reading.own(as: name)
        let base = folder.split(separator: "/")
        for line in TextLines(bytes) {
            // A name with a comma or quote is quoted.
            let path = line.first == "\"" ? line.dropFirst().prefix { $0 != "\"" } : line.prefix { $0 != "," }
            guard !path.isEmpty, !path.hasPrefix("/") else { continue }
            var segments = base
            var leaves = false
            for segment in path.split(separator: "/") where segment != "." {
                if segment == ".." { if segments.popLast() == nil { leaves = true } } else { segments.append(segment) }
            }
            if !leaves, !reading.own("", segments.joined(separator: "/")) { break }
        }
        return reading
    }
}
