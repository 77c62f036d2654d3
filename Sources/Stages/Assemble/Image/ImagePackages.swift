// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// The packages of a finished tree, with their copyright files wherever those lie.
struct ImagePackages {
    let tree: FileTree
    let fragments: [LoadedFragment]
    let scripts: [String: [String]]

    func all() -> [ImagePackage] {
        let copyrights = Dictionary(
            fragments.compactMap { part in part.manifest.copyright.map { ("usr/share/doc/\(part.package.name)/copyright", $0) } }
        ) { first, _ in first }
        let links = Dictionary(
            tree.entries.compactMap { entry in entry.target.map { (entry.path, entry.kind == .hardlink ? "/" + $0 : $0) } }
        ) { first, _ in first }
        // The highest layer that takes something of a package knows what nobody took.
        let highest = Dictionary(fragments.map { ($0.package.name, $0) }) { $0.share > $1.share ? $0 : $1 }
        return highest.sorted { ImagePath.precedes($0.key, $1.key) }.map { name, fragment in
            ImagePackage(
                locked: fragment.parcel.package, control: fragment.manifest.control, copyright: copyright(of: name, copyrights, links),
                isPartial: fragment.isPartial, dropped: fragment.manifest.dropped, scripts: scripts[name] ?? [])
        }
    }

    // usr/share/doc/libgcc-s1 -> gcc-14-base: many packages share one copyright file through a link of the directory or file.
    private func copyright(of package: String, _ texts: [String: String], _ links: [String: String]) -> String? {
        var path = "usr/share/doc/\(package)/copyright"
        for _ in 0..<8 {
            if let text = texts[path] { return text }
            let directory = ImagePath.parent(of: path) ?? ""
            if let target = links[path] {
                guard let next = ImagePath.resolve(target, from: path) else { return nil }
                path = next
            } else if let target = links[directory] {
                guard let next = ImagePath.resolve(target, from: directory) else { return nil }
                path = next + "/copyright"
            } else {
                return nil
            }
        }
        return nil
    }
}
