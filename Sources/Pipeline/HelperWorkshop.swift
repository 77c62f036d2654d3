// SPDX-License-Identifier: Apache-2.0
package import Assemble
package import Base
import Foundation
package import OCI
package import Tools

/// Compiles the project's two small C programs for a platform, once for each source and compiler.
package struct HelperWorkshop: Sendable {
    let folder: String
    let cache: any DerivedCache
    let toolbox: Toolbox

    /// - Parameter folder: where the C sources lie.
    package init(folder: String, cache: any DerivedCache, toolbox: Toolbox) {
        self.folder = folder
        self.cache = cache
        self.toolbox = toolbox
    }

    /// What each helper is: its source, where it lies in an image, and how it is compiled.
    private struct Recipe {
        var name: String
        var source: String
        var path: String
        var flags: [String]
    }

    private static let start = Recipe(
        name: "start", source: "start.c", path: "usr/libexec/ashlar/start",
        flags: ["-Os", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-s"])
    private static let noshell = Recipe(
        name: "noshell", source: "noshell.c", path: "usr/libexec/ashlar/noshell.so",
        flags: ["-O2", "-fPIC", "-shared", "-s", "-Wl,-z,relro,-z,now", "-Wl,-soname,noshell.so"])

    /// The named helpers for a platform, in the order they are asked for.
    package func helpers(_ names: [String], for platform: Platform) async throws -> [HelperBinary] {
        let wanted = [Self.start, Self.noshell].filter { names.contains($0.name) }
        guard !wanted.isEmpty else { return [] }
        let compiler = try await CCompiler(for: platform, toolbox: toolbox)
        var binaries: [HelperBinary] = []
        for helper in wanted {
            guard let source = FileManager.default.contents(atPath: "\(folder)/\(helper.source)") else {
                throw PipelineError.cannotRead(path: "\(folder)/\(helper.source)", reason: "the source of the helper is missing")
            }
            let key = Digest.sha256(
                of: (["helper-1", platform.triplet, compiler.version, Digest.sha256(of: source).hex] + helper.flags).joined(separator: "\n"))
            let bytes: [UInt8]
            if let cached = cache.read("helper", key) {
                bytes = cached
            } else {
                bytes = try await compiler.compile(String(decoding: source, as: UTF8.self), named: helper.name, flags: helper.flags).bytes
                cache.write("helper", key, bytes)
            }
            binaries.append(HelperBinary(name: helper.name, path: helper.path, bytes: bytes, compiler: compiler.version))
        }
        return binaries
    }
}
