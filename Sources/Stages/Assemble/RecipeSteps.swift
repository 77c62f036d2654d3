// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// Everything a recipe adds to what its packages bring: steps, directories, files, links, helpers, the start plan.
struct RecipeSteps {
    let recipe: Recipe
    let helpers: [HelperBinary]
    let platform: Platform

    func generate(_ inputs: some StepInputs, created: Timestamp) throws -> [Generated] {
        var all = IdentitySteps.directories()
        for step in recipe.steps { all += try run(step, inputs, created) }
        all += recipe.directories.map {
            .directory($0.path, mode: $0.mode, uid: $0.uid, gid: $0.gid, owner: "recipe:directories/" + $0.path)
        }
        all += recipe.files.map {
            .file($0.path, $0.content, mode: $0.mode, uid: $0.uid, gid: $0.gid, owner: "recipe:files/" + $0.path)
        }
        all += recipe.links.sorted { $0.key < $1.key }.map { .link($0.key, to: $0.value, owner: "recipe:links/" + $0.key) }
        for name in recipe.helpers {
            guard let helper = helpers.first(where: { $0.name == name }) else {
                throw AssembleError.missingHelper(name: name, platform: platform.description)
            }
            all.append(Generated(path: helper.path, content: .file(helper.bytes), mode: 0o755, owner: "recipe:helpers/" + name))
        }
        if !recipe.start.isEmpty {
            let plan = recipe.start.joined(separator: "\n") + "\n"
            all.append(.file("etc/ashlar/start.plan", plan, owner: "recipe:start"))
        }
        // What is said later wins: a file of the recipe replaces one of a step.
        var byPath: [String: Generated] = [:]
        for item in all { byPath[item.path] = item }
        return byPath.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
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
        case .copyrightFrom: []  // the resolver locks the package in part; its copyright file comes as a fragment
        }
    }
}
