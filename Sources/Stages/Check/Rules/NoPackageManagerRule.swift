// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoPackageManagerRule: HardeningRule {
    let id = "no-package-manager"
    let title = "No program in the image fetches and installs software."
    let why = """
        With a package manager an intruder brings his own tools, and an image may run what no signature, SBOM or scan of it ever \
        named.
        """
    let remedy = "drop the file; install at build time in a dev variant and copy the result"

    static let names: Set<String> = [
        "apk", "apt", "apt-cache", "apt-get", "apt-key", "apt-mark", "aptitude", "dnf", "dnf5", "dpkg", "dpkg-deb", "dselect", "flatpak",
        "microdnf", "opkg", "pacman", "rpm", "snap", "tdnf", "yum", "zypper",
        "bundle", "bundler", "cargo", "composer", "conda", "corepack", "cpan", "easy_install", "gem", "mamba", "npm", "npx", "pip",
        "pipx", "pnpm", "uv", "yarn",
    ]

    func check(_ context: HardeningContext) -> [Breach] {
        context.programs { Self.isManager($0) }.map { Breach($0.path, "a package manager") }
    }

    // `pip3.13` and `gem3.3` are `pip` and `gem`; `cpan5.40-x86_64-linux-gnu` is `cpan`.
    private static func isManager(_ name: Substring) -> Bool {
        if names.contains(String(name)) { return true }
        guard let digit = name.firstIndex(where: { $0.isNumber }), digit != name.startIndex else { return false }
        var stem = name[..<digit]
        if stem.last == "-" { stem = stem.dropLast() }
        return names.contains(String(stem))
    }
}
