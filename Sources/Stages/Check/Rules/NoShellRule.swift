// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoShellRule: HardeningRule {
    let id = "no-shell"
    let title = "There is no shell in the image."
    let why = """
        Most exploits of a running program end in a shell. Without one, a command injection has nothing to run, and nobody can \
        work inside a container unseen.
        """
    let remedy = "drop the file; start programs by an argument list; use the dev variant where a build needs a shell"

    static let names: Set<Substring> = [
        "sh", "ash", "bash", "busybox", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "lksh", "mksh", "mksh-static", "nu", "oksh",
        "osh", "posh", "pwsh", "rbash", "rksh", "rzsh", "sash", "static-sh", "tcsh", "toybox", "xonsh", "yash", "zsh",
    ]

    func check(_ context: HardeningContext) -> [Breach] {
        context.programs(named: Self.names.contains).map { Breach($0.path, "a shell") }
    }
}

extension HardeningContext {
    /// Executable files, and links that lead to one or lie among programs, whose name is of a kind.
    func programs(named isWanted: (Substring) -> Bool) -> [FileEntry] {
        entries.filter { entry in
            guard entry.kind != .directory, isWanted(entry.name) else { return false }
            guard entry.kind == .symlink else { return entry.isExecutableFile }
            if let file = tree.file(entry.target ?? "", from: entry.directory) { return file.isExecutableFile }
            return entry.directory.hasSuffix("bin")
        }
    }
}
