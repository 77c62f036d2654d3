// SPDX-License-Identifier: Apache-2.0
// ld.so(8): how the dynamic linker searches.
import Artifacts
import ELF
import OCI

struct ELFClosureRule: HardeningRule {
    let id = "elf-closure"
    let title = "Every program and library finds its interpreter and all libraries it needs, for the right processor."
    let why = "A missing library is an image that breaks when the code path is reached, which may be months later."
    let remedy = "add the package of the library, drop the file, or declare its directory in `library-directories`"

    func check(_ context: HardeningContext) -> [Breach] {
        var search = LibrarySearch(context)
        return context.entries.flatMap { entry -> [Breach] in
            guard let facts = entry.facts?.elf, facts.kind == "executable" || facts.kind == "library" else { return [] }
            guard facts.machine == context.image.platform.debian else {
                return [
                    Breach(
                        entry.path, "is for \(facts.machine), the image for \(context.image.platform.debian)",
                        remedy: "take the file from a package of this architecture, or drop it")
                ]
            }
            var breaches: [Breach] = []
            if let interpreter = facts.interpreter, context.tree.file(interpreter) == nil {
                breaches.append(
                    Breach(
                        entry.path, "needs the interpreter \(interpreter), which is not in the image",
                        remedy: "add libc6 and the usr-merge step, or drop the file"))
            }
            for name in facts.needed where !search.finds(name, for: entry, facts) {
                breaches.append(Breach(entry.path, "needs \(name), which is in no directory that is searched"))
            }
            return breaches
        }
    }
}
