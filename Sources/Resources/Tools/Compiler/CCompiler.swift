// SPDX-License-Identifier: Apache-2.0
package import OCI

/// Compiles small C programs for a platform with Debian's compilers, the same bytes each time.
package struct CCompiler: Sendable {
    private let toolbox: Toolbox
    private let program: String
    /// `x86_64-linux-gnu-gcc (Debian 14.2.0-19) 14.2.0`: the first line of `--version`.
    package let version: String

    /// What was compiled, and by what.
    package struct Output: Sendable, Hashable {
        package var bytes: [UInt8]
        package var compiler: String
    }

    /// Finds the compiler for a platform, or throws an error that names the Debian package that brings it.
    package init(for platform: Platform, toolbox: Toolbox) async throws {
        self.toolbox = toolbox
        program = try toolbox.require("\(platform.triplet)-gcc", from: Self.package(for: platform))
        let said = try await toolbox.demand(Program(program, ["--version"]))
        version = said.stdoutText.split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    /// `gcc-x86-64-linux-gnu`, and the C library's headers for it.
    package static func package(for platform: Platform) -> String {
        let compiler = "gcc-" + platform.triplet.map { $0 == "_" ? "-" : String($0) }.joined()
        return "\(compiler) libc6-dev-\(platform.debian)-cross"
    }

    /// Compiles and links one source. `flags` come after ours, so that they win; time stands still at `epoch`.
    ///
    /// Neither the folder, the clock, nor the environment of this process reaches the bytes.
    package func compile(
        _ source: String, named name: String, flags: [String] = ["-O2"], epoch: Int = 0
    ) async throws -> Output {
        try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-cc") { folder in
            try folder.write(Array(source.utf8), to: "\(name).c")
            var environment = Program.cleanEnvironment
            environment["SOURCE_DATE_EPOCH"] = String(epoch)
            environment["TMPDIR"] = folder.path
            let fixed = [
                "-ffile-prefix-map=\(folder.path)=.", "-frandom-seed=\(name)", "-Wl,--build-id=none", "-fno-ident",
            ]
            let files = ["-o", "\(folder.path)/\(name).out", "\(folder.path)/\(name).c"]
            try await toolbox.demand(Program(program, fixed + files + flags, environment: environment, timeout: .seconds(300)))
            return Output(bytes: try ScratchFolder.read("\(folder.path)/\(name).out", limit: 64 << 20), compiler: version)
        }
    }
}
