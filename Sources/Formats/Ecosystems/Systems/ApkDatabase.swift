// SPDX-License-Identifier: Apache-2.0
// https://wiki.alpinelinux.org/wiki/Apk_spec, "Installed Database"

/// `lib/apk/db/installed` of Alpine and its kin: paragraphs of one letter, colon, value.
package enum ApkDatabase {
    package static func packages(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading {
        guard let paragraphs = TextLines.paragraphs(bytes, limit: DpkgDatabase.recordLimit) else {
            throw .tooMuch(what: "packages in an apk database", limit: DpkgDatabase.recordLimit)
        }
        var reading = PackageReading()
        for range in paragraphs {
            var values: [Character: String] = [:]
            var files: [(folder: Int, name: Substring)] = []
            var folders: [String] = [""]
            for line in TextLines(UnsafeRawBufferPointer(rebasing: bytes[range])) {
                guard let key = line.first, line.dropFirst().first == ":" else { continue }
                let value = line.dropFirst(2)
                switch key {
                case "F": folders.append(value.isEmpty ? "" : value + "/")
                case "R" where files.count < PackageReading.ownedCountLimit: files.append((folders.count - 1, value))
                // Once for each file; not needed.
                case "R", "Z", "a", "M": continue
                default: values[key] = values[key] ?? String(value)
                }
            }
            guard let name = values["P"], let version = values["V"], !name.isEmpty, !version.isEmpty else {
                reading.fault("the paragraph at byte \(range.lowerBound) has no name or no version")
                continue
            }
            reading.packages.append(
                FoundPackage(.apk, name, version, architecture: values["A"], source: values["o"] ?? name, license: values["L"]))
            reading.own(as: name)
            for file in files { guard reading.own(folders[file.folder], file.name) else { break } }
        }
        return reading
    }
}
