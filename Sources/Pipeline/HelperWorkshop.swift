// SPDX-License-Identifier: Apache-2.0
package import Assemble
package import Base
package import OCI
package import Tools

/// Compiles the project's two small C programs for a platform, once for each source and compiler.
///
/// `helpers/build` holds the exact options; it runs with a clean environment in a folder that is removed afterwards.
package struct HelperWorkshop: Sendable {
    let folder: String
    let cache: any DerivedCache
    let toolbox: Toolbox

    /// - Parameter folder: where the C sources and their build script lie.
    package init(folder: String, cache: any DerivedCache, toolbox: Toolbox) {
        self.folder = folder
        self.cache = cache
        self.toolbox = toolbox
    }

    /// What the script makes, and where it lies in an image.
    private static let products = [
        "start": (file: "start", path: "usr/libexec/ashlar/start"),
        "noshell": (file: "noshell.so", path: "usr/libexec/ashlar/noshell.so"),
    ]

    /// Whether a file of the folder decides what is made: its tests and its texts do not.
    package static func decides(_ path: String) -> Bool {
        !path.hasPrefix("test/") && !path.hasPrefix("probes/") && !path.hasSuffix(".md")
    }

    /// The named helpers for a platform, in order of their names.
    package func helpers(_ names: [String], for platform: Platform) async throws -> [HelperBinary] {
        let wanted = Self.products.filter { names.contains($0.key) }.sorted { $0.key < $1.key }
        guard !wanted.isEmpty else { return [] }
        let script = BuildScript(path: folder + "/build", toolbox: toolbox)
        let compiler = try toolbox.require("\(platform.triplet)-gcc", from: CCompiler.package(for: platform))
        let version = try await script.version(of: compiler)
        let sources = CatalogFolder.digest(of: try CatalogFolder(path: folder).read(), where: Self.decides)
        func key(_ name: String) -> Digest { Digest.sha256(of: "helper-2 \(platform.triplet) \(version) \(sources.hex) \(name)") }
        var binaries: [HelperBinary] = []
        for (name, product) in wanted {
            var bytes = cache.read("helper", key(name))
            if bytes == nil {
                let made = try await script.run([compiler], making: Self.products.values.map(\.file))
                for (other, item) in Self.products { if let result = made[item.file] { cache.write("helper", key(other), result) } }
                bytes = made[product.file]
            }
            guard let bytes else { throw PipelineError.cannotRead(path: product.file, reason: "\(script.path) did not make it") }
            binaries.append(HelperBinary(name: name, path: product.path, bytes: bytes, compiler: version))
        }
        return binaries
    }
}
