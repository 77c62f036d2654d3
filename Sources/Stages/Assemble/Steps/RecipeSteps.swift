// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// Everything a recipe adds to what its packages bring: steps, directories, files, links, helpers, the start plan.
struct RecipeSteps {
    let recipe: Recipe
    let helpers: [HelperBinary]
    let platform: Platform

    /// What is to be written, each path once, sorted.
    func generate(_ inputs: some StepInputs, created: Timestamp) throws -> [Generated] {
        var all = IdentitySteps.expectedByRuntimes().map { $0.standing(.fallback) }
        for step in recipe.steps { all += try run(step, inputs, created).map { $0.standing(.step) } }
        if recipe.steps.contains(.dpkgDatabase) {
            // Last of the steps, since it records what the others have left to the packages.
            let replaced = Set(all.lazy.filter { $0.standing == .step && !$0.isDirectory }.map { MergedUsr.place($0.path) ?? $0.path })
            all += try DpkgDatabase.generate(inputs, replaced: replaced)
        }
        all += try lines()
        // What is said later wins: a file of the recipe replaces one of a step.
        var byPath: [String: Generated] = [:]
        for var item in all {
            item.path = MergedUsr.place(item.path) ?? item.path
            if item.standing != .record, let reason = ImagePath.fault(in: item.path) {
                throw AssembleError.unsafePath(package: item.owner, path: item.path, reason: reason)
            }
            byPath[item.path] = item
        }
        return byPath.values.filter { item in
            guard item.standing == .fallback, !item.isDirectory, let packaged = inputs.entry(at: item.path) else { return true }
            return packaged.kind == .directory
        }.sorted { ImagePath.precedes($0.path, $1.path) }
    }

    private func lines() throws(AssembleError) -> [Generated] {
        var all: [Generated] = recipe.directories.map {
            .directory($0.path, mode: $0.mode, uid: $0.uid, gid: $0.gid, owner: "recipe:directories/" + $0.path)
        }
        all += recipe.files.map {
            .file($0.path, $0.content, mode: $0.mode, uid: $0.uid, gid: $0.gid, owner: "recipe:files/" + $0.path)
        }
        all += recipe.links.sorted { $0.key < $1.key }.map { .link($0.key, to: $0.value, owner: "recipe:links/" + $0.key) }
        for name in recipe.helpers {
            guard let helper = helpers.first(where: { $0.name == name }) else {
                throw .missingHelper(name: name, platform: platform.description)
            }
            all.append(Generated(path: helper.path, content: .file(helper.bytes), mode: 0o755, owner: "recipe:helpers/" + name))
        }
        if !recipe.start.isEmpty {
            let plan = recipe.start.joined(separator: "\n") + "\n"
            all.append(.file("etc/ashlar/start.plan", plan, owner: "recipe:start"))
        }
        return all
    }

    private func run(_ step: Step, _ inputs: some StepInputs, _ created: Timestamp) throws -> [Generated] {
        switch step {
        case .usrMerge: []  // every layout has a merged /usr; the step's name lets the table of scripts refer to it
        case .accounts: IdentitySteps.accounts(recipe)
        case .nsswitch: IdentitySteps.nsswitch()
        case .osRelease: try IdentitySteps.osRelease(recipe, inputs)
        case .caBundle: try CABundle.generate(inputs)
        case .timeZone: IdentitySteps.timeZone()
        case .javaTruststore: try JavaTruststore.generate(inputs, modified: created.seconds)
        case .phpModules(let version, let interfaces): try PHPModules.generate(version: version, interfaces: interfaces, inputs)
        case .busyboxLinks: try BusyboxLinks.generate(inputs)
        case .dpkgDatabase: []  // comes after all others, see generate
        case .copyrightFrom: []  // the resolver locks the package in part; its copyright file comes as a fragment
        }
    }
}
