// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct WorksAsGroup0Rule: HardeningRule {
    let id = "works-as-group-0"
    let title = "The image works as its own user and as any user in group 0."
    let why = """
        OpenShift runs every container as a random user in group 0. What only one user may read or write breaks there, and what \
        only root may read breaks everywhere.
        """
    let remedy = "give directories that are written to mode 0770 and group 0, files mode 0644, programs mode 0755"

    func check(_ context: HardeningContext) -> [Breach] {
        let users = [Process(uid: nil, gid: 0)] + (context.runAs.map { [Process(uid: $0.uid, gid: $0.gid)] } ?? [])
        return unwritable(context, users) + unreadable(context, users)
    }

    /// Who wants to use a path; a user nobody knows when `uid` is nil.
    private struct Process {
        var uid: Int?
        var gid: Int

        func may(_ bits: Int, _ entry: FileEntry) -> Bool {
            let shift = entry.uid == uid ? 6 : entry.gid == gid ? 3 : 0
            return entry.mode >> shift & bits == bits
        }
        var name: String { uid.map { "\($0):\(gid)" } ?? "any user in group \(gid)" }
    }

    private func unwritable(_ context: HardeningContext, _ users: [Process]) -> [Breach] {
        var breaches: [Breach] = []
        for path in Set(context.recipe.writable + context.recipe.volumes) {
            // What is not in the image is made by the runtime when it mounts.
            guard case .found(let entry) = context.tree.resolve(path), entry.kind == .directory else { continue }
            for user in users where !user.may(7, entry) {
                breaches.append(
                    Breach(
                        entry.path, "is written to, but \(user.name) may not: mode \(octal(entry.mode)), owner \(entry.uid):\(entry.gid)"))
            }
        }
        return breaches
    }

    private func unreadable(_ context: HardeningContext, _ users: [Process]) -> [Breach] {
        context.entries.compactMap { entry -> Breach? in
            let wanted: Int
            switch entry.kind {
            case .symlink: return nil
            case .file, .hardlink: wanted = entry.mode & 0o111 != 0 ? 5 : 4
            case .directory:
                // An empty home of root or of one user harms nobody.
                guard context.tree.hasChildren(entry.path) else { return nil }
                wanted = 5
            }
            guard let user = users.first(where: { !$0.may(wanted, entry) }) else { return nil }
            let verb = wanted == 4 ? "read" : entry.kind == .directory ? "enter" : "run"
            return Breach(entry.path, "\(user.name) may not \(verb) it: mode \(octal(entry.mode)), owner \(entry.uid):\(entry.gid)")
        }
    }
}
