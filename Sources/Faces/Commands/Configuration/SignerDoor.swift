// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Foundation
import Signing
import Sigstore
import Synchronization

/// The signer of one command. It is looked for, or started, when something is first signed.
final class SignerDoor: Sendable {
    static let userName = "ashlar-signer"
    private let settings: Settings
    private let environment: [String: String]
    private let child = Mutex<SignerChild?>(nil)

    init(_ settings: Settings, environment: [String: String]) {
        self.settings = settings
        self.environment = environment
    }

    func signer() async throws -> any Signer {
        let expected = try expectedKey()
        if let socket = settings.signer {
            return try await SocketSigner.connect(to: socket, servers: servers, expecting: expected)
        }
        guard settings.keyIsInToken || FileManager.default.fileExists(atPath: settings.keyFile) else {
            throw CommandError.keyMissing(settings.keyFile)
        }
        let channel = try child.withLock { child in
            let running = try child ?? start()
            child = running
            return running.channel
        }
        do {
            return try await SocketSigner.over(channel, expecting: expected)
        } catch let error as SigningError {
            // One that could not begin has said why, on the same error stream, and its exit code says what kind of reason it was.
            if let code = close(), code != 0 { throw ExitCode(code) }
            throw error
        }
    }

    /// Ends the signer that was started here, and waits for it; its exit code, nil when there was none.
    @discardableResult
    func close() -> Int32? {
        let running = child.withLock { child in
            defer { child = nil }
            return child
        }
        return running?.end()
    }

    /// Whose process may be the signer: root's, one's own, and the user made for it.
    private var servers: Set<UInt32> {
        var users: Set<UInt32> = [0, geteuid()]
        if let user = Confinement.user(named: settings.signerUser) { users.insert(user.uid) }
        return users
    }

    private func start() throws -> SignerChild {
        var command = [
            "/proc/self/exe", "signer", "--inherited", String(SignerChild.descriptor), "--store", settings.store, "--keys", settings.keys,
        ]
        // Keys may be mounted read-only; then the journal of a signer that comes with the build is kept with the store.
        if access(settings.keys, W_OK) != 0 { command += ["--journal", settings.store + "/signer.journal"] }
        return try SignerChild(starting: command, environment: environment)
    }

    // What this catalog's releases are verified with. A signer with another key would publish what nobody accepts.
    private func expectedKey() throws -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: settings.publicKeyFile) else { return nil }
        return try VerificationKey(pem: String(decoding: data, as: UTF8.self)).der
    }
}
