// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// The packages of a finished tree, with their copyright files wherever those lie.
struct ImagePackages {
    let tree: FileTree
    let fragments: [LoadedFragment]
    let scripts: [String: [String]]

    func all() -> [ImagePackage] {
        let copyrights = Dictionary(fragments.compactMap { part in part.manifest.copyright.map { (part.manifest.package, $0) } }) { a, _ in a }
        let links = Dictionary(tree.entries.compactMap { entry in entry.target.map { (entry.path, $0) } }) { a, _ in a }
        return fragments.sorted { $0.manifest.package < $1.manifest.package }.map { fragment in
            ImagePackage(
                locked: fragment.parcel.package, control: fragment.manifest.control,
                copyright: copyright(of: fragment.manifest.package, copyrights, links), isPartial: fragment.isPartial,
                dropped: fragment.manifest.dropped, scripts: scripts[fragment.manifest.package] ?? [])
        }
    }

    // usr/share/doc/libgcc-s1 -> gcc-14-base: many packages share one copyright file through a link of the directory or file.
    private func copyright(of package: String, _ texts: [String: String], _ links: [String: String]) -> String? {
        var name = package
        for _ in 0..<8 {
            if let text = texts[name] { return text }
            let directory = "usr/share/doc/" + name
            guard let target = links[directory] ?? links[directory + "/copyright"] else { return nil }
            let parts = target.split(separator: "/").filter { $0 != ".." && $0 != "copyright" }
            guard let next = parts.last, next != name[...] else { return nil }
            name = String(next)
        }
        return nil
    }
}
