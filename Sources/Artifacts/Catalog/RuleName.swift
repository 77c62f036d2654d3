// SPDX-License-Identifier: Apache-2.0

/// The names of the rules that a hardened image keeps: what `Finding.rule` and a recipe's `exceptions` say.
package enum RuleName: String, Hashable, Sendable, Codable, CaseIterable {
    case noShell = "no-shell"
    case noPackageManager = "no-package-manager"
    case noSetuid = "no-setuid"
    case noFileCapabilities = "no-file-capabilities"
    case noWorldWritable = "no-world-writable"
    case tmpIsSticky = "tmp-is-sticky"
    case numericNonRootUser = "numeric-non-root-user"
    case worksAsGroup0 = "works-as-group-0"
    case noSecrets = "no-secrets"
    case noDevices = "no-devices"
    case ownedPaths = "owned-paths"
    case statusEntries = "status-entries"
    case scriptInterpreters = "script-interpreters"
    case elfClosure = "elf-closure"
    case noDanglingLinks = "no-dangling-links"
    case licencesKept = "licences-kept"
    case noDocs = "no-docs"
    case osReleaseKeepsDebianID = "os-release-keeps-debian-id"

    /// One sentence for documents and reports.
    package var summary: String {
        switch self {
        case .noShell: "No shell is in the image."
        case .noPackageManager: "No package manager is in the image."
        case .noSetuid: "No file has a setuid or setgid bit."
        case .noFileCapabilities: "No file has capabilities."
        case .noWorldWritable: "Nothing is writable for everybody but sticky /tmp and /var/tmp."
        case .tmpIsSticky: "/tmp and /var/tmp are there, with mode 1777."
        case .numericNonRootUser: "The image runs as a numeric user that is not root."
        case .worksAsGroup0: "Any user in group 0 can read the image and write where its user can."
        case .noSecrets: "No private key, token or password is in a file."
        case .noDevices: "No device node, socket or pipe is in the image."
        case .ownedPaths: "Every path belongs to a package or to a line of the recipe."
        case .statusEntries: "The records by which scanners see the packages are in the image."
        case .scriptInterpreters: "Every script's interpreter is in the image."
        case .elfClosure: "Every library that a program needs is in the image."
        case .noDanglingLinks: "Every symbolic link leads to something."
        case .licencesKept: "Every package's copyright file is in the image."
        case .noDocs: "Manual pages and info files are not in the image."
        case .osReleaseKeepsDebianID: "os-release says ID=debian and debian_version is there, so that scanners match."
        }
    }
}
