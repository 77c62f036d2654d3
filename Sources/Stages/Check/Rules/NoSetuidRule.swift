// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoSetuidRule: HardeningRule {
    let id = "no-setuid"
    let title = "No file has the setuid or setgid bit."
    let why = "Such a program runs with more rights than its caller: a mistake in it makes a user root."
    let remedy = "drop the file, or write it with a mode without the bit"

    // On a directory setgid only decides the group of new files.
    func check(_ context: HardeningContext) -> [Breach] {
        context.entries.filter { $0.mode & 0o6000 != 0 && ($0.kind == .file || $0.kind == .hardlink) }.map {
            Breach($0.path, "mode \(octal($0.mode))")
        }
    }
}
