// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoWorldWritableRule: HardeningRule {
    let id = "no-world-writable"
    let title = "Nothing is writable by everybody but the sticky /tmp and /var/tmp."
    let why = "A file that anybody may change is a way from a small hole to code that another user runs."
    let remedy = "write it with mode 0644 or 0755; directories that the program writes to are 0770 with group 0"

    func check(_ context: HardeningContext) -> [Breach] {
        context.entries.filter { $0.kind != .symlink && $0.mode & 0o002 != 0 && !Self.isTemporary($0) }.map {
            Breach($0.path, "a \($0.kind.rawValue) of mode \(octal($0.mode))")
        }
    }

    private static func isTemporary(_ entry: FileEntry) -> Bool {
        entry.kind == .directory && entry.mode & 0o1000 != 0 && (entry.path == "tmp" || entry.path == "var/tmp")
    }
}
