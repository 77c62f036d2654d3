// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
package import Tools

/// Compiles the programs with which contract tests look at an image from inside, once for each source and compiler.
///
/// They never get into an image: the sandbox shows them to it. What they are linked to is what they try.
package struct ProbeWorkshop: Sendable {
    let folder: String
    let cache: any DerivedCache
    let toolbox: Toolbox

    /// - Parameter helpers: the folder of our C sources; the probes lie in `probes/` below it.
    package init(helpers: String, cache: any DerivedCache, toolbox: Toolbox) {
        folder = helpers + "/probes"
        self.cache = cache
        self.toolbox = toolbox
    }

    package func program(_ probe: ContractTest.Probe, for platform: Platform) async throws -> [UInt8] {
        let script = BuildScript(path: folder + "/build", toolbox: toolbox)
        let language = probe == .cxx ? "g++" : "gcc"
        let package = CCompiler.package(for: platform).replacing("gcc-", with: language + "-")
        let compiler = try toolbox.require("\(platform.triplet)-\(language)", from: package)
        let sources = CatalogFolder.digest(of: try CatalogFolder(path: folder).read()) { _ in true }
        let version = try await script.version(of: compiler)
        let key = Digest.sha256(of: "probe-1 \(platform.triplet) \(version) \(sources.hex) \(probe.rawValue)")
        if let known = cache.read("probe", key) { return known }
        let made = try await script.run([probe.rawValue, compiler], making: [probe.rawValue])
        guard let bytes = made[probe.rawValue] else {
            throw PipelineError.cannotRead(path: probe.rawValue, reason: "\(script.path) did not make it")
        }
        cache.write("probe", key, bytes)
        return bytes
    }
}
