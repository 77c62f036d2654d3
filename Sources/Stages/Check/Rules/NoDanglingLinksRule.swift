// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoDanglingLinksRule: HardeningRule {
    let id = "no-dangling-links"
    let title = "Every link leads to something in the image, or below /proc, /sys and /dev."
    let why = "A dangling link is a part that was left out by mistake, and a place where whoever may write can put a file of his own."
    let remedy = "drop the link, or add what it leads to"

    func check(_ context: HardeningContext) -> [Breach] {
        context.entries.compactMap { entry -> Breach? in
            switch entry.kind {
            case .file, .directory: return nil
            case .hardlink:
                return context.tree.file(entry.path) == nil ? Breach(entry.path, "a hard link to \(entry.target ?? "nothing")") : nil
            case .symlink:
                let target = entry.target ?? ""
                switch context.tree.resolve(target, from: entry.directory) {
                case .found, .unlistedDirectory: return target.isEmpty ? Breach(entry.path, "leads to nothing") : nil
                case .loop: return Breach(entry.path, "leads to \(target) in a loop")
                case .missing(let path):
                    // The runtime mounts these.
                    if let first = path.split(separator: "/").first, ["proc", "sys", "dev"].contains(first) { return nil }
                    return Breach(entry.path, "leads to \(target), which is not in the image")
                }
            }
        }
    }
}
