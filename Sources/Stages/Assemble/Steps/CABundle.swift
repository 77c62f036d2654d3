// SPDX-License-Identifier: Apache-2.0

/// What `update-ca-certificates` would write, without running it.
enum CABundle {
    static let directory = "usr/share/ca-certificates/mozilla"
    static let bundlePath = "etc/ssl/certs/ca-certificates.crt"

    /// Every packaged certificate in the order of its file name, as the script concatenates them.
    static func generate(_ inputs: some StepInputs) throws -> [Generated] {
        let bundle = try certificates(inputs, step: "ca-bundle").flatMap { certificate in
            certificate.pem.last == 0x0A ? certificate.pem : certificate.pem + [0x0A]
        }
        return [Generated(path: bundlePath, content: .file(bundle), mode: 0o644, owner: "recipe:steps/ca-bundle")]
    }

    static func certificates(_ inputs: some StepInputs, step: String) throws -> [(name: String, pem: [UInt8])] {
        let paths = inputs.files(below: directory).filter { $0.hasSuffix(".crt") }
        guard !paths.isEmpty else { throw AssembleError.missingInput(step: step, path: directory) }
        return try paths.map { path in
            guard let pem = try inputs.bytes(of: path) else { throw AssembleError.missingInput(step: step, path: path) }
            return (String(path.dropFirst(directory.count + 1)), pem)
        }
    }
}
