// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct ScriptInterpretersRule: HardeningRule {
    let id = "script-interpreters"
    let title = "The interpreter of every executable script is in the image."
    let why = "A script without its interpreter cannot run: it is a leftover of a package that was taken only in part."
    let remedy = "drop the script, or add the package of its interpreter"

    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    func check(_ context: HardeningContext) -> [Breach] {
        let path = (context.recipe.environment["PATH"] ?? Self.defaultPath).split(separator: ":")
        return context.entries.compactMap { entry -> Breach? in
            guard entry.isExecutableFile, let interpreter = entry.facts?.interpreter else { return nil }
            let places = interpreter.hasPrefix("/") ? [interpreter] : path.map { "\($0)/\(interpreter)" }
            if places.contains(where: { context.tree.file($0)?.isExecutableFile == true }) { return nil }
            return Breach(entry.path, "needs \(interpreter), which is not in the image")
        }
    }
}
