// SPDX-License-Identifier: Apache-2.0

/// Checks clearsigned documents with the `gpgv` program against one keyring and nothing else.
package struct GPGV: Sendable {
    private let toolbox: Toolbox

    package init(_ toolbox: Toolbox) { self.toolbox = toolbox }

    /// What gpgv said about a document.
    package struct Report: Sendable, Hashable {
        package var signatures: [ArchiveSignature]
        /// The signed text exactly as gpgv verified it, without the frame and its escapes.
        package var body: [UInt8]
    }

    /// Verifies a clearsigned document. Refusals are in the signatures; errors are about the program or the frame's files.
    package func verify(clearsigned document: [UInt8], keyring: [UInt8], limit: Int = 64 << 20) async throws -> Report {
        guard document.count <= limit else { throw ToolsError.tooLarge(what: "a signed document", limit: limit) }
        if let fault = ClearsignedText.fault(in: document) {
            return Report(
                signatures: [
                    ArchiveSignature(
                        signer: "none", primary: nil, created: nil, expires: nil,
                        verdict: .refused("expected one signed message, found \(fault)"))
                ], body: [])
        }
        let program = try toolbox.require("gpgv", from: "gpgv")
        let binary = try Armor.binary(keyring, name: "the keyring")
        return try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-gpgv") { folder in
            let document = try folder.write(document, to: "document")
            let keys = try folder.write(binary, to: "keyring.gpg")
            let text = folder.path + "/text"
            let result = try await toolbox.run(
                Program(
                    program, ["--homedir", folder.path, "--keyring", keys, "--status-fd", "1", "--output", text, document],
                    timeout: .seconds(60)))
            if result.end == .timedOut { throw ToolsError.timedOut(program: "gpgv", seconds: 60) }
            let signatures = GPGStatus.signatures(in: result.stdoutText)
            let body = (try? ScratchFolder.read(text, limit: limit)) ?? []
            if signatures.isEmpty, case .exited(2) = result.end, !result.truncated {
                // Armour that is damaged: there is nothing gpgv could call a signature, and that is the document's fault.
                let words = result.stderrText.split(separator: "\n").first.map { ": \($0.prefix(200))" } ?? ""
                return Report(
                    signatures: [
                        ArchiveSignature(
                            signer: "none", primary: nil, created: nil, expires: nil, verdict: .refused("gpgv found no signature\(words)"))
                    ], body: [])
            }
            if signatures.isEmpty || result.truncated {
                throw ToolsError.failed(
                    program: "gpgv", status: result.end.description + " and no signature", output: String(result.stderrText.suffix(2000)))
            }
            return Report(signatures: signatures, body: body)
        }
    }
}
