// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import OCI

extension Resolver {
    /// Everything that is wrong with a recipe as far as the archives show, each mistake once; empty when it can be resolved.
    ///
    /// `resolve` throws the first of them. Whoever writes a recipe wants all of them, and whoever resolves a good one no second pass.
    package func mistakes(in recipe: Recipe) -> [ResolveError] {
        let requests = Requests(recipe)
        let asked = contradictoryRequests(requests, recipe) + unknownRequests(requests, recipe)
        guard asked.isEmpty else { return asked }
        var resolutions: [Resolution] = []
        var failures: [ResolveError] = []
        for platform in recipe.platforms {
            do throws(ResolveError) { resolutions.append(try solution(of: recipe, on: platform)) } catch { failures.append(error) }
        }
        guard failures.isEmpty else { return failures }
        return [missingVersion(recipe, resolutions)].compactMap(\.self) + unusedExclusions(recipe, resolutions)
    }

    private func unknownRequests(_ requests: Requests, _ recipe: Recipe) -> [ResolveError] {
        var found: [ResolveError] = []
        var told: Set<String> = []
        let all = requests.wanted + requests.copyrightOnly.map { ($0, Requests.copyrightStep) }
        for platform in recipe.platforms {
            do throws(ResolveError) {
                var universe = try universe(of: recipe, on: platform)
                for (name, layer) in all where !told.contains(name) {
                    do throws(ResolveError) { _ = try request(name, layer, &universe, recipe, platform) } catch {
                        told.insert(name)
                        found.append(error)
                    }
                }
            } catch {
                found.append(error)
            }
        }
        return found
    }

    func contradictoryRequests(_ requests: Requests, _ recipe: Recipe) -> [ResolveError] {
        let excluded = Set(recipe.exclusions.map(\.package))
        return requests.wanted.filter { excluded.contains($0.name) }.map {
            .requestedAndExcluded($0.name, askedBy: $0.layer, recipe: recipe.reference, at: recipe.places.exclusions[$0.name])
        }
    }

    func missingVersion(_ recipe: Recipe, _ resolutions: [Resolution]) -> ResolveError? {
        guard case .package(let name) = recipe.version,
            resolutions.contains(where: { !$0.lock.packages.contains { $0.name == name } })
        else { return nil }
        return ResolveError.versionPackageMissing(name, recipe: recipe.reference, at: recipe.places.version)
    }

    // An exclusion may serve one platform only, but must serve one. Those of profiles serve other images too.
    func unusedExclusions(_ recipe: Recipe, _ resolutions: [Resolution]) -> [ResolveError] {
        let used = Set(resolutions.flatMap { $0.exclusionUses.map(\.package) })
        let known = Set(resolutions.flatMap { $0.lock.packages.map(\.name) }).sorted()
        return recipe.exclusions.filter { $0.origin == "image" && !used.contains($0.package) }.map {
            .unusedExclusion(
                $0.package, recipe: recipe.reference, nearest: Spelling.nearest(to: $0.package, among: known),
                at: recipe.places.exclusions[$0.package])
        }
    }
}
