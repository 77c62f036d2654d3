// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct StatusEntriesRule: HardeningRule {
    let id = "status-entries"
    let title = "Every package is registered in /var/lib/dpkg/status.d with its checksums, and nothing else is."
    let why = """
        Scanners see packages only there. A package that is not registered hides its vulnerabilities; one that is registered but \
        not there invents some.
        """
    let remedy = "this is written by assembling, not by recipes: report it; if a recipe writes below var/lib/dpkg, remove that"

    private static let directory = "var/lib/dpkg/status.d"

    func check(_ context: HardeningContext) -> [Breach] {
        var breaches: [Breach] = []
        var withFiles: Set<String> = []
        for entry in context.entries where entry.kind == .file && !entry.isBelow("var/lib/dpkg") { withFiles.insert(entry.owner) }
        var expected: Set<String> = []
        for package in context.image.packages.map(\.locked.name) {
            let status = Self.directory + "/" + package
            let sums = status + ".md5sums"
            expected.formUnion([status, sums])
            if context.tree.file(status) == nil { breaches.append(Breach(status, "\(package) is in the image but not registered")) }
            if context.tree.file(sums) == nil {
                if withFiles.contains(package) { breaches.append(Breach(sums, "\(package) has files but no checksums")) }
            } else {
                breaches += missingFiles(context, sums, package)
            }
        }
        for entry in context.entries where entry.isBelow(Self.directory) && !expected.contains(entry.path) {
            breaches.append(Breach(entry.path, "registers a package that is not in the image"))
        }
        return breaches
    }

    // md5sums(5): 32 hexadecimal characters, two spaces, the path.
    private func missingFiles(_ context: HardeningContext, _ sums: String, _ package: String) -> [Breach] {
        (context.lines(of: sums) ?? []).compactMap { line in
            let path = String(line.dropFirst(34))
            guard context.tree.file(path) == nil else { return nil }
            return Breach(sums, "names \(path), which is not in the image")
        }
    }
}
