// SPDX-License-Identifier: Apache-2.0
import Artifacts

/// A file of the base that the application replaced or removed must be the same in both bases: else its owner decided about another one.
struct ShadowedFilesRule: RebaseRule {
    let id = "shadowed-file"

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        var found: [RebaseFinding] = []
        for entry in subject.newBase.index.entries where entry.kind != .directory && !PackageRecordsRule.isRecord(entry.path) {
            guard let verb = Self.hidden(entry, by: subject.after) else { continue }
            let old = subject.oldBase.index.entry(entry.path)
            if old?.isSame(as: entry) == true {
                found.append(
                    subject.finding(
                        id, .note, at: entry.path, "the application \(verb) this file of the base, which is the same in both",
                        remedy: Self.remedy))
            } else if old != nil {
                found.append(
                    subject.finding(
                        id, at: entry.path, "the application \(verb) this file, which the new base changes: the change would be hidden",
                        remedy: Self.remedy))
            } else {
                found.append(
                    subject.finding(
                        id, at: entry.path, "the new base brings this file, and the application \(verb) it", remedy: Self.remedy))
            }
        }
        return found
    }

    private static let remedy = "build the application again from the new base, so that it decides about the file that is there now"

    /// What the application does to a path of its base; nil when it leaves it alone or brings the same.
    static func hidden(_ entry: FileEntry, by scene: RebaseCase.Scene) -> String? {
        guard let seen = scene.index.entry(entry.path) else { return "removes" }
        guard scene.isApplications(entry.path), !seen.isSame(as: entry) else { return nil }
        return "replaces"
    }
}

/// What tools of packages and scanners read must describe the base that is there.
struct PackageRecordsRule: RebaseRule {
    let id = "package-records"

    static let folder = "var/lib/dpkg/"
    static func isRecord(_ path: String) -> Bool { path.utf8.starts(with: folder.utf8) }

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        var found: [RebaseFinding] = []
        for entry in subject.newBase.index.entries where entry.kind != .directory && Self.isRecord(entry.path) {
            guard let verb = ShadowedFilesRule.hidden(entry, by: subject.after) else { continue }
            let isSame = subject.oldBase.index.entry(entry.path)?.isSame(as: entry) == true
            found.append(
                subject.finding(
                    id, isSame ? .note : .refusal, at: entry.path,
                    "the application \(verb) this record" + (isSame ? ", which is the same in both bases" : " of a package that changes"),
                    remedy: Self.remedy))
        }
        // The list of a package manager names all packages, those of the old base too.
        for name in ["status", "available"] {
            let path = Self.folder + name
            guard subject.newBase.index.entry(path) == nil, subject.after.index.entry(path) != nil, subject.after.isApplications(path)
            else { continue }
            found.append(
                subject.finding(
                    id, at: path, "the application's own list of packages goes on naming those of the old base", remedy: Self.remedy))
        }
        return found
    }

    private static let remedy = "install packages into the application by building it again from the new base"
}

/// What could not be read may be anything.
struct ReadableLayersRule: RebaseRule {
    let id = "readable-layers"

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        subject.after.root.unread.filter { $0.layer >= subject.after.baseLayers }.map { unread in
            // Hashed and in its place, though not looked into: a large file, or a list in an odd format.
            let isPlaced = subject.after.index.entry(unread.path)?.digest != nil
            return subject.finding(
                id, isPlaced ? .note : .refusal, at: unread.path,
                "layer \(unread.layer) of the application: \(unread.reason)",
                remedy: "build the layer again with a tool that follows the OCI image specification")
        }
    }
}

/// Settings that both changed keep the application's value.
struct KeptSettingsRule: RebaseRule {
    let id = "kept-setting"

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        subject.rebased.kept.map { kept in
            subject.finding(
                id, .note, at: "",
                "\(kept.name) stays \(Self.text(kept.application)); the base changed it from \(Self.text(kept.oldBase)) to \(Self.text(kept.newBase))",
                remedy: "build the application again when it needs the base's value")
        }
    }

    private static func text(_ value: String?) -> String { value.map { String($0.prefix(120)) } ?? "unset" }
}
