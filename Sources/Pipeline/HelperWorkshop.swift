// SPDX-License-Identifier: Apache-2.0
package import Assemble
package import Base
import Foundation
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
    package static func decides(_ path: String) -> Bool { !path.hasPrefix("test/") && !path.hasSuffix(".md") }

    /// The named helpers for a platform, in order of their names.
    package func helpers(_ names: [String], for platform: Platform) async throws -> [HelperBinary] {
        let wanted = Self.products.filter { names.contains($0.key) }.sorted { $0.key < $1.key }
        guard !wanted.isEmpty else { return [] }
        let compiler = try toolbox.require("\(platform.triplet)-gcc", from: CCompiler.package(for: platform))
        let version =
            try await toolbox.demand(Program(compiler, ["--version"])).stdoutText.split(separator: "\n").first.map(String.init) ?? ""
        let sources = try CatalogFolder(path: folder).read()
        let digest = CatalogFolder.digest(of: sources, where: Self.decides)
        var binaries: [HelperBinary] = []
        for (name, product) in wanted {
            let key = Digest.sha256(of: "helper-2 \(platform.triplet) \(version) \(digest.hex) \(name)")
            var bytes = cache.read("helper", key)
            if bytes == nil {
                let made = try await compile(with: compiler)
                for (other, item) in Self.products {
                    let key = Digest.sha256(of: "helper-2 \(platform.triplet) \(version) \(digest.hex) \(other)")
                    if let result = made[item.file] { cache.write("helper", key, result) }
                }
                bytes = made[product.file]
            }
            guard let bytes else { throw PipelineError.cannotRead(path: product.file, reason: "\(folder)/build did not make it") }
            binaries.append(HelperBinary(name: name, path: product.path, bytes: bytes, compiler: version))
        }
        return binaries
    }

    private func compile(with compiler: String) async throws -> [String: [UInt8]] {
        let source = URL(filePath: folder).path
        return try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-helpers") { scratch in
            var environment = Program.cleanEnvironment
            environment["SOURCE_DATE_EPOCH"] = "0"
            environment["TMPDIR"] = scratch.path
            try await toolbox.demand(
                Program("/bin/sh", ["\(source)/build", compiler, scratch.path], environment: environment, timeout: .seconds(300)))
            var made: [String: [UInt8]] = [:]
            for item in Self.products.values {
                made[item.file] = try ScratchFolder.read("\(scratch.path)/\(item.file)", limit: 16 << 20)
            }
            return made
        }
    }
}
