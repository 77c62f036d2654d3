// SPDX-License-Identifier: Apache-2.0
// https://manpages.debian.org/dpkg-query.1, https://manpages.debian.org/deb-conffiles.5
import Artifacts
import Base
import Crypto
import Debian

/// dpkg's own database as if the packages had been installed, for images in which packages can be added.
///
/// What is recorded is what is in the image: lists and checksums name the paths that were taken, and a dependency that the recipe
/// leaves out is not in the record of who has it, so that a package that needs it brings it along. The records for scanners of
/// minimal images are emptied: this is the one they find.
enum DpkgDatabase {
    private static let folder = "var/lib/dpkg"
    private static let owner = "recipe:steps/dpkg-database"

    /// - Parameter replaced: paths of packages that steps have written anew.
    static func generate(_ inputs: some StepInputs, replaced: Set<String>) throws -> [Generated] {
        // A package comes more than once when several layers take parts of it.
        let packages = Dictionary(grouping: inputs.packages, by: \.package).sorted { ImagePath.precedes($0.key, $1.key) }
        guard !packages.isEmpty else { throw AssembleError.missingInput(step: "dpkg-database", path: "a package") }
        let paragraphs = try packages.map { try Deb822.onlyParagraph(Array(($0.value.first?.control ?? "").utf8), of: $0.key) }
        let available = try names(paragraphs)
        var all = [Generated.file("\(folder)/info/format", "1\n", owner: owner)]
        var status = ""
        for ((name, parts), paragraph) in zip(packages, paragraphs) {
            let taken = parts.flatMap(\.entries).filter { entry in
                // Of a path that two packages hold, one is the owner.
                !ImagePath.isBelow(entry.path, ImagePath.statusDirectory)
                    && (entry.kind == .directory || inputs.entry(at: entry.path)?.owner == name)
            }
            let kept = Set(taken.lazy.filter { $0.kind != .directory }.map(\.path)).subtracting(replaced)
            status += try record(paragraph, available, try conffiles(parts.first?.conffiles ?? [], kept, inputs)) + "\n"
            // Where several architectures can be installed side by side, the names say which this is.
            let isShared = paragraph["Multi-Arch"] == "same"
            let stem = "\(folder)/info/\(name)" + (isShared ? ":\(try paragraph.required("Architecture", of: name))" : "")
            all.append(.file(stem + ".list", list(taken.map(\.path)), owner: owner))
            all.append(.file(stem + ".md5sums", try sums(name, kept, inputs), owner: owner))
            // Who reads both would count each package twice.
            all.append(Generated.file("\(ImagePath.statusDirectory)/\(name)", "", owner: name).standing(.record))
        }
        all.append(.file("\(folder)/status", status, owner: owner))
        return all
    }

    /// Everything that a dependency can be satisfied by.
    private static func names(_ paragraphs: [Deb822Paragraph]) throws -> Set<String> {
        var names: Set<String> = []
        for paragraph in paragraphs {
            if let name = paragraph["Package"] { names.insert(name) }
            for relation in try RelationGroup.parse(paragraph["Provides"] ?? "").flatMap(\.alternatives) { names.insert(relation.name) }
        }
        return names
    }

    private static func record(_ paragraph: Deb822Paragraph, _ available: Set<String>, _ conffiles: [String]) throws -> String {
        var lines: [String] = []
        for field in paragraph.fields {
            var value = field.value
            if ["depends", "pre-depends"].contains(field.name.lowercased()) {
                value = try RelationGroup.parse(value).filter { group in group.alternatives.contains { available.contains($0.name) } }
                    .map(\.description).joined(separator: ", ")
                if value.isEmpty { continue }
            }
            lines.append("\(field.name): " + value.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n "))
            if field.name.lowercased() == "package" { lines.append("Status: install ok installed") }
        }
        if !conffiles.isEmpty { lines.append("Conffiles:\n" + conffiles.map { " " + $0 }.joined(separator: "\n")) }
        return lines.joined(separator: "\n") + "\n"
    }

    // dpkg compares them with what is on disk before it replaces a configuration file.
    private static func conffiles(_ paths: [String], _ kept: Set<String>, _ inputs: some StepInputs) throws -> [String] {
        try paths.compactMap { path in
            guard let place = MergedUsr.place(String(path.drop { $0 == "/" })), kept.contains(place),
                let bytes = try inputs.bytes(of: place)
            else { return nil }
            return "\(path) \(Hex.encode(Array(Insecure.MD5.hash(data: bytes))))"
        }
    }

    private static func list(_ paths: [String]) -> String {
        var all: Set<String> = []
        for path in paths {
            var next: String? = path
            while let current = next, all.insert(current).inserted { next = ImagePath.parent(of: current) }
        }
        return "/.\n" + all.sorted(by: ImagePath.precedes).map { "/\($0)\n" }.joined()
    }

    // The record for scanners has the sums already; a file that a step has written anew is not the package's any more.
    private static func sums(_ package: String, _ kept: Set<String>, _ inputs: some StepInputs) throws -> String {
        let known = try inputs.bytes(of: "\(ImagePath.statusDirectory)/\(package).md5sums") ?? []
        return String(decoding: known, as: UTF8.self).split(separator: "\n").filter { kept.contains(String($0.dropFirst(34))) }
            .map { $0 + "\n" }.joined()
    }
}
