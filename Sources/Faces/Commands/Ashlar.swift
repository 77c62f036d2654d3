// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Foundation

/// The command line. Each subcommand is a file beside this one; what a command needs comes from `Workshop`.
package struct Ashlar: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "ashlar",
        abstract: "A hardened container image catalog that you own.",
        discussion: """
            Turns recipes into minimal, reproducible, signed container images from verified Debian packages, and serves them.

            Exit codes: 0 done · 64 wrong use · 65 malformed input · 66 not found · 69 unavailable · 70 fault of ashlar ·
            73 conflict · 76 not trusted · 77 refused by policy

            Environment: ASHLAR_STORE, ASHLAR_KEYS, ASHLAR_KEY, ASHLAR_KEY_PASSPHRASE, ASHLAR_SIGNER, ASHLAR_SIGNER_USER, ASHLAR_BUILDER,
            ASHLAR_ALLOW_MISSING_LIMITS,
            ASHLAR_MIRROR, ASHLAR_CA_FILE, ASHLAR_AUTH_FILE,
            ASHLAR_TIMEOUT_SECONDS (longest wait for a connection, and for a silence while something is fetched), HTTP_PROXY,
            HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, TMPDIR
            """,
        version: Version.text,
        subcommands: [
            InitCommand.self, ResolveCommand.self, BuildCommand.self, ServeCommand.self, ListCommand.self, ShowCommand.self,
            VerifyCommand.self, InspectCommand.self, CompareCommand.self, PushCommand.self, RebuildCommand.self, ExplainCommand.self,
            KeysCommand.self, SignerCommand.self, LogCommand.self, DoctorCommand.self, ProbeCommand.self, StoreCommand.self,
            BackupCommand.self, RestoreCommand.self, RevokeCommand.self, CascadeCommand.self, RebaseCommand.self, MirrorCommand.self,
            AssessCommand.self, VexCommand.self,
            HistoryCommand.self, FindCommand.self, GateCommand.self, FeedsCommand.self, AccountsCommand.self, TokensCommand.self,
        ])
    package init() {}

    /// Parses this process's arguments and runs the command they name.
    ///
    /// Called on the first thread. An asynchronous main leaves that thread behind where the C library no longer sees it, and so
    /// with root's rights when others give them up: the signer must not be there.
    package static func start() -> Never {
        StandardStreams.complete()
        if let mistake = CommandWords.mistake(in: Array(CommandLine.arguments.dropFirst())) { exit(withError: Failure.report(mistake)) }
        if CommandLine.arguments.dropFirst().first == SignerCommand.name {
            do {
                var command = try parseAsRoot()
                try command.run()
                exit()
            } catch { exit(withError: error) }
        }
        Task {
            await main()
            exit()
        }
        dispatchMain()
    }
}

/// Runs a command's body and ends with its exit code when it fails.
func reporting(_ body: () async throws -> Void) async throws {
    do { try await body() } catch let code as ExitCode { throw code } catch { throw Failure.report(error) }
}
