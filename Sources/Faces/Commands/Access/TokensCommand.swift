// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Foundation
import Records
import Tokens

struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Makes, revokes and lists the tokens of accounts.",
        discussion: "A token is used as the password of its account. A running server knows of a change within a second.",
        subcommands: [Create.self, Revoke.self, List.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token and prints it, once: only its hash is kept.",
            discussion: """
                Example: ashlar tokens create ci --expires 90d --note 'build server' >token
                         docker login registry.example --username ci --password-stdin <token
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The account.") var account: String
        @Option(name: .customLong("grant"), help: "What it may do of what the account may; all when left out. Repeatable.")
        var grants: [String] = []
        @Option(help: "When it ends: 90d, 12h, or a day; never when left out.") var expires: String?
        @Option(help: "What it is for.") var note = ""
        @Option(help: "table prints the token alone; json with what belongs to it.") var format = OutputFormat.table

        func run() async throws {
            try await reporting {
                let now = Workshop.now()
                let rights = try AccessInput.grants(grants)
                let end = try AccessInput.expiry(expires, now: now)
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                var generator = SystemRandomNumberGenerator()
                let token = AccessToken.generate(using: &generator)
                try RecordStore(folder: settings.store).add(
                    TokenRecord(
                        id: token.id, account: account, digest: token.digest, grants: rights.isEmpty ? nil : rights,
                        note: String(note.prefix(200)), created: now, expires: end))
                switch format {
                case .table:
                    print(token.text)
                    Progress().say("token \(token.id) of \(account); it is not shown again")
                case .json:
                    let item: JSON = [
                        "token": JSON(token.text), "id": JSON(token.id), "account": JSON(account),
                        "expires": end.map { JSON($0.description) } ?? .null,
                    ]
                    print(String(decoding: item.prettyBytes, as: UTF8.self), terminator: "")
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a token.", discussion: "Example: ashlar tokens revoke k3x9m2p4q7rt")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The token's identifier, as `ashlar tokens list` shows it.") var id: String

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                try RecordStore(folder: settings.store).revokeToken(id, at: Workshop.now())
                print("revoked \(id)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists tokens, without their secrets.", discussion: "Example: ashlar tokens list ci")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "An account; all when left out.") var account: String?
        @Option(help: "table or json.") var format = OutputFormat.table

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                let tokens = try RecordStore(folder: settings.store).tokens(of: account)
                let now = Workshop.now()
                switch format {
                case .json:
                    let items = tokens.map { token -> JSON in
                        [
                            "id": JSON(token.id), "account": JSON(token.account), "state": JSON(Self.state(token, now)),
                            "grants": token.grants.map { JSON($0) } ?? .null, "note": JSON(token.note),
                            "created": JSON(token.created.description), "expires": token.expires.map { JSON($0.description) } ?? .null,
                            "revoked": token.revoked.map { JSON($0.description) } ?? .null,
                        ]
                    }
                    print(String(decoding: JSON.array(items).prettyBytes, as: UTF8.self), terminator: "")
                case .table:
                    var table = Table(header: ["TOKEN", "ACCOUNT", "STATE", "EXPIRES", "GRANTS", "NOTE"])
                    table.rows = tokens.map {
                        [
                            $0.id, $0.account, Self.state($0, now), $0.expires?.description ?? "never",
                            $0.grants?.joined(separator: " ") ?? "as the account", $0.note,
                        ]
                    }
                    print(table.text)
                }
            }
        }

        private static func state(_ token: TokenRecord, _ now: Timestamp) -> String {
            if token.revoked != nil { return "revoked" }
            return token.expires.map { $0 <= now } == true ? "expired" : "valid"
        }
    }
}
