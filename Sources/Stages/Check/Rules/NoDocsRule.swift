// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoDocsRule: HardeningRule {
    let id = "no-docs"
    let title = "Manual pages and documentation are left out; licences, notices and copyright files stay."
    let why = "Nobody reads them in a container; they make every pull larger and every comparison longer."
    let remedy = "drop usr/share/man, usr/share/info and usr/share/doc except copyright files; dropped paths are recorded"

    private static let directories = ["usr/share/man", "usr/share/info", "usr/share/gtk-doc", "usr/share/doc-base"]
    private static let kept = ["copyright", "notice", "licence", "license", "copying"]

    func check(_ context: HardeningContext) -> [Breach] {
        context.entries.compactMap { entry -> Breach? in
            guard entry.kind != .directory, entry.path.utf8.starts(with: "usr/share/".utf8) else { return nil }
            if Self.directories.contains(where: { entry.isBelow($0) }) { return Breach(entry.path, "a documentation file") }
            guard entry.isBelow("usr/share/doc") else { return nil }
            // A link in place of a package's directory leads to the copyright file of another package.
            if entry.kind == .symlink, entry.directory == "usr/share/doc" { return nil }
            let name = entry.name.lowercased()
            return Self.kept.contains { name.hasPrefix($0) } ? nil : Breach(entry.path, "a documentation file")
        }
    }
}
