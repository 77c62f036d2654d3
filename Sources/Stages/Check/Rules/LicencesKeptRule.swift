// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct LicencesKeptRule: HardeningRule {
    let id = "licences-kept"
    let title = "Every package has its copyright file."
    let why = "Most licences allow copies only together with their text, and scanners read licences there. Debian Policy 12.5."
    let remedy = "except usr/share/doc/*/copyright and links to such directories from drop rules and `only` lists"

    func check(_ context: HardeningContext) -> [Breach] {
        context.image.packages.compactMap { package in
            let path = "usr/share/doc/\(package.locked.name)/copyright"
            return context.tree.file(path) == nil ? Breach(path, "the copyright file of \(package.locked.name) is not in the image") : nil
        }
    }
}
