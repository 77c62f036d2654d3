// SPDX-License-Identifier: Apache-2.0
// https://wiki.alpinelinux.org/wiki/Apk_spec, "Installed Database"

/// `lib/apk/db/installed` of Alpine and its kin: paragraphs of one letter, colon, value.
package enum ApkDatabase {
    package static func packages(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading {
        let paragraphs = TextLines.paragraphs(bytes)
        guard paragraphs.count <= DpkgDatabase.recordLimit else {
            throw .tooMuch(what: "packages in an apk database", limit: DpkgDatabase.recordLimit)
        }
        var reading = PackageReading()
        for range in paragraphs {
            var values: [Character: String] = [:]
            var folder = ""
            var paths: [String] = []
            for line in TextLines(UnsafeRawBufferPointer(rebasing: bytes[range])) {
                guard let key = line.first, line.dropFirst().first == ":" else { continue }
                let value = String(line.dropFirst(2))
                switch key {
                case "F": folder = value
                case "R": paths.append(folder.isEmpty ? value : folder + "/" + value)
                // Once for each file; not needed.
                case "Z", "a", "M": continue
                default: values[key] = values[key] ?? value
                }
            }
            guard let name = values["P"], let version = values["V"], !name.isEmpty, !version.isEmpty else {
                reading.fault("the paragraph at byte \(range.lowerBound) has no name or no version")
                continue
            }
            reading.packages.append(
                FoundPackage(.apk, name, version, architecture: values["A"], source: values["o"] ?? name, license: values["L"]))
            reading.owned.append(OwnedPaths(package: name, paths: paths))
        }
        return reading
    }
}
