// SPDX-License-Identifier: Apache-2.0

/// The rules that a hardened image keeps: what `Finding.rule` and a recipe's `exceptions` name.
package enum HardeningRule: String, Hashable, Sendable, Codable, CaseIterable {
    case noShell = "no-shell"
    case noPackageManager = "no-package-manager"
    case noSetuid = "no-setuid"
    case noFileCapabilities = "no-file-capabilities"
    case noWorldWritable = "no-world-writable"
    case numericNonRootUser = "numeric-non-root-user"
    case noSecrets = "no-secrets"
    case everyPathOwned = "every-path-owned"
    case interpreterPresent = "interpreter-present"
    case elfClosure = "elf-closure"
    case elfHardening = "elf-hardening"
    case noDanglingLinks = "no-dangling-links"
    case licencesKept = "licences-kept"
    case documentationDropped = "documentation-dropped"
    case packageRecords = "package-records"

    /// One sentence for documents and reports.
    package var summary: String {
        switch self {
        case .noShell: "No shell is in the image."
        case .noPackageManager: "No package manager is in the image."
        case .noSetuid: "No file has a setuid or setgid bit."
        case .noFileCapabilities: "No file has capabilities."
        case .noWorldWritable: "Nothing is writable for everybody but sticky /tmp and /var/tmp."
        case .numericNonRootUser: "The image runs as a numeric user that is not root."
        case .noSecrets: "No private key, token or password is in a file."
        case .everyPathOwned: "Every path belongs to a package or to a line of the recipe."
        case .interpreterPresent: "Every script's interpreter is in the image."
        case .elfClosure: "Every library that a program needs is in the image."
        case .elfHardening: "Programs and libraries are built with the usual protections."
        case .noDanglingLinks: "Every symbolic link leads to something."
        case .licencesKept: "Every package's copyright file is in the image."
        case .documentationDropped: "Manual pages and documentation are not in the image."
        case .packageRecords: "The records by which scanners see the packages are in the image."
        }
    }
}
