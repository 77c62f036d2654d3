// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct TmpIsStickyRule: HardeningRule {
    let id = "tmp-is-sticky"
    let title = "/tmp and /var/tmp are directories of root with mode 1777."
    let why = "Programs of any user need them, and without the sticky bit one user may replace the files of another."
    let remedy = "use the base profile, or write both as directories with mode 1777"

    func check(_ context: HardeningContext) -> [Breach] {
        ["tmp", "var/tmp"].compactMap { path in
            guard case .found(let entry) = context.tree.resolve(path), entry.kind == .directory else {
                return Breach(path, "is not a directory in the image")
            }
            if entry.mode == 0o1777, entry.uid == 0, entry.gid == 0 { return nil }
            return Breach(path, "mode \(octal(entry.mode)), owner \(entry.uid):\(entry.gid)")
        }
    }
}
