// SPDX-License-Identifier: Apache-2.0
import Ecosystems

/// What a file's path promises. What only its bytes tell (ELF, scripts, secrets) is looked for in every file.
enum FileInterest: Hashable {
    case dpkgStatus, dpkgList(String), dpkgSums(String)
    case apk, rpm, rpmOlder, rpmJournal
    case pythonMetadata, pythonRecord(package: String, folder: String)
    case npmManifest, npmLock
    case java
    case osRelease, accounts

    init?(_ path: String) {
        let utf8 = path.utf8
        let slash = utf8.lastIndex(of: 0x2F)
        let name = slash.map { path[utf8.index(after: $0)...] } ?? path[...]
        let folder = slash.map { path[..<$0] } ?? ""
        switch name {
        case "status" where folder == "var/lib/dpkg": self = .dpkgStatus
        case "installed" where folder == "lib/apk/db" || folder == "usr/lib/apk/db": self = .apk
        case "rpmdb.sqlite" where Self.isRPM(folder): self = .rpm
        case "rpmdb.sqlite-wal" where Self.isRPM(folder): self = .rpmJournal
        case "Packages" where Self.isRPM(folder), "Packages.db" where Self.isRPM(folder): self = .rpmOlder
        case "METADATA" where folder.hasSuffix(".dist-info") || folder.hasSuffix(".DIST-INFO"): self = .pythonMetadata
        case "PKG-INFO" where folder.hasSuffix(".egg-info") || folder.hasSuffix("EGG-INFO"): self = .pythonMetadata
        case "RECORD" where folder.hasSuffix(".dist-info"):
            let parent = folder.lastIndex(of: "/")
            let own = parent.map { folder[folder.index(after: $0)...] } ?? folder
            self = .pythonRecord(package: String(own.prefix { $0 != "-" }), folder: parent.map { String(folder[..<$0]) } ?? "")
        case "package.json": self = .npmManifest
        case "package-lock.json", ".package-lock.json", "npm-shrinkwrap.json": self = .npmLock
        case "os-release" where folder == "etc" || folder == "usr/lib": self = .osRelease
        case "passwd" where folder == "etc": self = .accounts
        default:
            if folder == "var/lib/dpkg/status.d" {
                self = name.hasSuffix(".md5sums") ? .dpkgSums(String(name.dropLast(8))) : .dpkgStatus
            } else if folder == "var/lib/dpkg/info" {
                guard name.hasSuffix(".list") else { return nil }
                self = .dpkgList(String(name.dropLast(5).prefix { $0 != ":" }))
            } else if name.hasSuffix(".egg-info") {
                self = .pythonMetadata
            } else if JavaArchive.isArchive(String(name)) {
                self = .java
            } else {
                return nil
            }
        }
    }

    private static func isRPM(_ folder: Substring) -> Bool {
        folder == "var/lib/rpm" || folder == "usr/lib/sysimage/rpm" || folder == "usr/share/rpm"
    }
}
