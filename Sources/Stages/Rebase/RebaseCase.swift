// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import OCI

/// What is looked at to decide whether one platform's image may get another base: four roots, each with the layers beneath.
package struct RebaseCase: Sendable {
    package let platform: Platform
    package let rebased: RebasedPlatform
    /// The configuration as it was.
    package let application: PlatformDocuments
    /// The bases alone.
    package let oldBase: Scene
    package let newBase: Scene
    /// The application on each.
    package let before: Scene
    package let after: Scene

    /// A root and what finds things in it.
    package struct Scene: Sendable {
        package let root: LayeredRoot
        package let index: TreeIndex
        /// The number of layers that are the base's.
        package let baseLayers: Int

        package init(_ root: LayeredRoot, baseLayers: Int) {
            self.root = root
            index = TreeIndex(root.tree)
            self.baseLayers = baseLayers
        }

        /// Whether the application brought what is at a path.
        func isApplications(_ path: String) -> Bool { (root.layers[path] ?? 0) >= baseLayers }
    }

    package init(
        _ application: PlatformDocuments, _ rebased: RebasedPlatform, oldBase: LayeredRoot, newBase: LayeredRoot, before: LayeredRoot,
        after: LayeredRoot, oldLayers: Int
    ) {
        platform = application.platform
        self.application = application
        self.rebased = rebased
        self.oldBase = Scene(oldBase, baseLayers: .max)
        self.newBase = Scene(newBase, baseLayers: .max)
        self.before = Scene(before, baseLayers: oldLayers)
        self.after = Scene(after, baseLayers: rebased.baseLayers)
    }

    /// The value of a variable as containers begin with it.
    static func variable(_ name: String, in documents: PlatformDocuments) -> String? {
        let texts = documents.settings["config"]?["Env"]?.array?.compactMap(\.string) ?? []
        return texts.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    func finding(
        _ rule: String, _ weight: RebaseFinding.Weight = .refusal, at path: String, _ reason: String, remedy: String
    ) -> RebaseFinding {
        RebaseFinding(rule: rule, weight: weight, platform: platform.description, path: path, reason: reason, remedy: remedy)
    }
}

extension FileEntry {
    /// Whether two paths hold the same thing: what it is, its bytes and who may do what.
    func isSame(as other: FileEntry) -> Bool {
        kind == other.kind && digest == other.digest && target == other.target && mode == other.mode && uid == other.uid && gid == other.gid
    }
}
