// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Foundation
import Resolve
package import Tools

/// Writes a change of a lock down for a person: as a branch where the catalog lies in a git repository, as a patch elsewhere.
package struct LockProposer: Sendable {
    let catalog: CatalogFolder
    let toolbox: Toolbox
    /// Where patches go.
    let folder: String
    let now: Timestamp

    package init(catalog: CatalogFolder, toolbox: Toolbox, folder: String, now: Timestamp) {
        self.catalog = catalog
        self.toolbox = toolbox
        self.folder = folder
        self.now = now
    }

    /// Says where it was written. The same change is written once.
    package func write(_ plan: PlannedChange, _ recipe: Recipe, _ lock: Lock) async throws -> String {
        let bytes = try LockFile.write(lock)
        let name = "\(recipe.name)-\(recipe.tagStem)"
        if try await GitReader(toolbox).checkout(of: catalog.path) != nil {
            let branch = "ashlar/\(name)/\(plan.lock.hex.prefix(12))"
            try await GitBranches(toolbox).write(
                bytes, to: recipe.lockPath, of: catalog.path, on: branch, message: Self.message(plan), at: now)
            return "branch \(branch)"
        }
        let before = (try? catalog.readFile(recipe.lockPath)) ?? []
        let text = Self.message(plan) + "\n---\n" + LinePatch.text(path: recipe.lockPath, from: before, to: bytes)
        let path = "\(folder)/\(name)-\(plan.lock.hex.prefix(12)).patch"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch { throw CatalogError.cannotWrite(path: path, reason: error.localizedDescription) }
        return "patch \(path)"
    }

    /// As it reads in a log: what it is, why, and what changes.
    static func message(_ plan: PlannedChange) -> String {
        let fixes = plan.fixes.isEmpty ? "" : "\nFixes: \(plan.fixes.joined(separator: ", "))\n"
        let title = plan.isSecurity ? "Take the security fixes of \(plan.image)" : "Update the packages of \(plan.image)"
        return "\(title)\n\n\(plan.reason).\n\(fixes)\n\(plan.summary)"
    }
}

/// A change of a file as `git apply` and `patch -p1` take it: one hunk from the first line that differs to the last.
enum LinePatch {
    private static let around = 3

    static func text(path: String, from old: [UInt8], to new: [UInt8]) -> String {
        let before = lines(old)
        let after = lines(new)
        guard before != after else { return "" }
        var head = 0
        while head < min(before.count, after.count), before[head] == after[head] { head += 1 }
        var tail = 0
        while tail < min(before.count, after.count) - head, before[before.count - 1 - tail] == after[after.count - 1 - tail] { tail += 1 }
        let start = max(0, head - around)
        let rest = max(0, tail - around)
        let (oldEnd, newEnd) = (before.count - tail, after.count - tail)
        let context = before[oldEnd..<(before.count - rest)]
        let oldCount = before.count - rest - start
        let newCount = after.count - rest - start
        var text = ["--- " + (before.isEmpty ? "/dev/null" : "a/\(path)"), "+++ b/\(path)"]
        text.append("@@ -\(oldCount == 0 ? 0 : start + 1),\(oldCount) +\(newCount == 0 ? 0 : start + 1),\(newCount) @@")
        text += before[start..<head].map { " " + $0 }
        text += before[head..<oldEnd].map { "-" + $0 }
        text += after[head..<newEnd].map { "+" + $0 }
        text += context.map { " " + $0 }
        return text.joined(separator: "\n") + "\n"
    }

    // Files of locks end in a line feed.
    private static func lines(_ bytes: [UInt8]) -> [String] {
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
