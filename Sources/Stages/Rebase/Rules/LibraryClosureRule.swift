// SPDX-License-Identifier: Apache-2.0
// ld.so(8); gABI chapter 5.
import Artifacts
import Base
import ELF
import OCI

/// Every program and library that found its libraries before finds them still: under their names, with the versions of symbols it asks for.
///
/// What the application brought is compared with how it was on the old base, what the new base brings with the base alone: so a library
/// that the application replaced is held against the new base's programs too. What did not work before is nobody's change.
struct LibraryClosureRule: RebaseRule {
    let id = "library-closure"

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        func search(_ scene: RebaseCase.Scene, _ documents: PlatformDocuments) -> LibrarySearch {
            let preferred = RebaseCase.variable("LD_LIBRARY_PATH", in: documents)?.split(separator: ":").map(String.init) ?? []
            return LibrarySearch(scene.index, platform: subject.platform, preferred: preferred)
        }
        var before = search(subject.before, subject.application)
        var alone = search(subject.newBase, subject.rebased.documents)
        var after = search(subject.after, subject.rebased.documents)
        var found: [RebaseFinding] = []
        for entry in subject.after.index.entries {
            guard let facts = entry.facts?.elf, facts.machine == subject.platform.debian else { continue }
            let isApplications = subject.after.isApplications(entry.path)
            for name in facts.needed {
                // The state in which it worked.
                let (model, scene) =
                    isApplications
                    ? (before.library(name, for: entry, facts), subject.before) : (alone.library(name, for: entry, facts), subject.newBase)
                guard let model else { continue }
                guard let library = after.library(name, for: entry, facts) else {
                    found.append(
                        subject.finding(
                            id, at: entry.path, "needs \(name), which was \(model.path) and is not in the new root", remedy: Self.remedy))
                    continue
                }
                found += compare(library, with: model, in: scene, name, for: entry, subject)
            }
        }
        return found
    }

    private static let remedy = "build the application again from the new base"

    private func compare(
        _ library: FileEntry, with model: FileEntry, in scene: RebaseCase.Scene, _ name: String, for entry: FileEntry,
        _ subject: RebaseCase
    ) -> [RebaseFinding] {
        var found: [RebaseFinding] = []
        let (old, new) = (model.facts?.elf?.soname, library.facts?.elf?.soname)
        if let old, old != new {
            found.append(
                subject.finding(
                    id, at: entry.path, "finds as \(name) a library that is named \(new ?? "nothing"), not \(old)", remedy: Self.remedy))
        }
        let needed = subject.after.root.versions[entry.path]?.needed[name] ?? []
        let provided = Set(subject.after.root.versions[library.path]?.provided ?? [])
        let once = Set(scene.root.versions[model.path]?.provided ?? [])
        for version in needed where once.contains(version) && !provided.contains(version) {
            found.append(
                subject.finding(
                    id, at: entry.path, "asks \(name) for symbols of the version \(version), which \(library.path) has no more",
                    remedy: Self.remedy))
        }
        return found
    }
}

/// The interpreter of a program or script of the application is still there.
struct InterpretersRule: RebaseRule {
    let id = "interpreter"

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        subject.after.index.entries.compactMap { entry -> RebaseFinding? in
            guard subject.after.isApplications(entry.path), let facts = entry.facts, let name = facts.elf?.interpreter ?? facts.interpreter,
                Self.finds(name, in: subject.before, subject.application), !Self.finds(name, in: subject.after, subject.rebased.documents)
            else { return nil }
            return subject.finding(
                id, at: entry.path, "is run by \(name), which is not in the new root",
                remedy: "build the application again from the new base")
        }
    }

    /// Whether a program is found as `execvp` does: a path as it is, a name on PATH.
    static func finds(_ name: String, in scene: RebaseCase.Scene, _ documents: PlatformDocuments) -> Bool {
        guard !name.contains("/") else {
            let directory = documents.settings["config"]?["WorkingDir"]?.string ?? "/"
            return scene.index.file(name.hasPrefix("/") ? name : "\(directory)/\(name)") != nil
        }
        let path = RebaseCase.variable("PATH", in: documents) ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return path.split(separator: ":").contains { scene.index.file("\($0)/\(name)") != nil }
    }
}

/// Links of the application that led somewhere still do: `bin/python` of a virtual environment, for one.
struct LinksRule: RebaseRule {
    let id = "dangling-link"

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        subject.after.index.entries.compactMap { entry -> RebaseFinding? in
            guard entry.kind == .symlink, subject.after.isApplications(entry.path), Self.leads(entry.path, in: subject.before),
                !Self.leads(entry.path, in: subject.after)
            else { return nil }
            return subject.finding(
                id, at: entry.path, "leads to \(entry.target ?? ""), which is not in the new root",
                remedy: "build the application again from the new base")
        }
    }

    private static func leads(_ path: String, in scene: RebaseCase.Scene) -> Bool {
        switch scene.index.resolve(path) {
        case .found, .unlistedDirectory: true
        case .missing, .loop: false
        }
    }
}

/// The program that a container starts is there.
struct StartRule: RebaseRule {
    let id = "start-program"

    func examine(_ subject: RebaseCase) -> [RebaseFinding] {
        guard let old = Self.program(subject.application), InterpretersRule.finds(old, in: subject.before, subject.application) else {
            return []
        }
        let new = Self.program(subject.rebased.documents)
        if let new, InterpretersRule.finds(new, in: subject.after, subject.rebased.documents) { return [] }
        return [
            subject.finding(
                id, at: "", "containers start \(new ?? "nothing"), which is not in the new root",
                remedy: "build the application again from the new base, or set its entrypoint")
        ]
    }

    private static func program(_ documents: PlatformDocuments) -> String? {
        let config = documents.settings["config"]
        return ["Entrypoint", "Cmd"].lazy.compactMap { config?[$0]?.array?.first?.string }.first
    }
}
