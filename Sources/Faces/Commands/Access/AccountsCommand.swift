// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Foundation
import Records
import Tokens

struct AccountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts", abstract: "Adds, changes, removes and lists who may use the registry.",
        discussion: "A running server knows of a change within a second.",
        subcommands: [Add.self, Change.self, Remove.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds an account. There is none by default.",
            discussion: """
                Without a password it can have tokens only, which is right for machines. A password is read from standard input or
                generated and printed once; it is kept as a hash.

                Example: ashlar accounts add ci --grant 'team/**:pull,push'
                         ashlar accounts add ada --grant '**:admin' --generate-password
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "Its name.") var name: String
        @Option(name: .customLong("grant"), help: "What it may do: PATTERN:ACTIONS, of pull, push, delete, admin. Repeatable.")
        var grants: [String] = []
        @Option(help: "When it ends: 90d, 12h, or a day.") var expires: String?
        @OptionGroup var password: PasswordOptions

        func run() async throws {
            try await reporting {
                let now = Workshop.now()
                let account = AccountRecord(
                    name: try AccessInput.name(name), password: nil, grants: try AccessInput.grants(grants), created: now,
                    expires: try AccessInput.expiry(expires, now: now))
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                let records = try RecordStore(folder: settings.store)
                // Before anything is shown: a name that is taken has a password already.
                guard try !records.accounts().contains(where: { $0.name == name }) else { throw RecordsError.accountExists(name) }
                let (hash, shown) = try password.read()
                var complete = account
                complete.password = hash
                try records.add(complete)
                print("added \(name): \(account.grants.isEmpty ? "no rights yet" : account.grants.joined(separator: " "))")
                if let shown { print("password (shown once): \(shown)") }
                if hash == nil { print("next: ashlar tokens create \(name)") }
            }
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Changes an account's rights, end or password.",
            discussion: """
                Rights that are given replace all it had. A new password ends every login that was made with the old one.

                Example: ashlar accounts set ci --grant 'team/**:pull'
                """)
        @OptionGroup var options: GlobalOptions
        @Argument(help: "Its name.") var name: String
        @Option(name: .customLong("grant"), help: "What it may do from now on. Repeatable.") var grants: [String] = []
        @Option(help: "When it ends: 90d, 12h, a day, or never.") var expires: String?
        @OptionGroup var password: PasswordOptions

        func run() async throws {
            try await reporting {
                let now = Workshop.now()
                let rights = try AccessInput.grants(grants)
                let end = expires == "never" ? nil : try AccessInput.expiry(expires, now: now)
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                let records = try RecordStore(folder: settings.store)
                guard try records.accounts().contains(where: { $0.name == name }) else { throw RecordsError.unknownAccount(name) }
                let (hash, shown) = try password.read()
                try records.updateAccount(name) { account in
                    if !rights.isEmpty { account.grants = rights }
                    if expires != nil { account.expires = end }
                    if let hash { account.password = hash }
                }
                print("changed \(name)")
                if let shown { print("password (shown once): \(shown)") }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes an account with its tokens.", discussion: "Example: ashlar accounts remove ci")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "Its name.") var name: String

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                try RecordStore(folder: settings.store).removeAccount(name)
                print("removed \(name)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the accounts.", discussion: "Example: ashlar accounts list --format json")
        @OptionGroup var options: GlobalOptions
        @Option(help: "table or json.") var format = OutputFormat.table

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                let records = try RecordStore(folder: settings.store)
                let tokens = Dictionary(grouping: try records.tokens().filter { $0.revoked == nil }, by: \.account)
                let accounts = try records.accounts()
                switch format {
                case .json:
                    let items = accounts.map { account -> JSON in
                        [
                            "name": JSON(account.name), "grants": JSON(account.grants), "password": .bool(account.password != nil),
                            "tokens": JSON(tokens[account.name]?.count ?? 0), "created": JSON(account.created.description),
                            "expires": account.expires.map { JSON($0.description) } ?? .null,
                        ]
                    }
                    print(String(decoding: JSON.array(items).prettyBytes, as: UTF8.self), terminator: "")
                case .table:
                    var table = Table(header: ["ACCOUNT", "PASSWORD", "TOKENS", "EXPIRES", "GRANTS"])
                    table.rows = accounts.map {
                        [
                            $0.name, $0.password == nil ? "no" : "yes", "\(tokens[$0.name]?.count ?? 0)",
                            $0.expires?.description ?? "never",
                            $0.grants.joined(separator: " "),
                        ]
                    }
                    print(table.text)
                }
            }
        }
    }
}

/// Where a password comes from: nowhere, standard input, or chance.
struct PasswordOptions: ParsableArguments {
    @Flag(help: "Read a password from standard input, one line.") var passwordStdin = false
    @Flag(help: "Make a password and print it once.") var generatePassword = false

    func validate() throws {
        if passwordStdin, generatePassword { throw ValidationError("choose --password-stdin or --generate-password, not both") }
    }

    /// The hash to keep, and the password to show when it was made here.
    func read() throws -> (hash: String?, shown: String?) {
        var generator = SystemRandomNumberGenerator()
        if passwordStdin {
            return (try PasswordHash(of: try AccessInput.passwordFromInput(), using: &generator).description, nil)
        }
        guard generatePassword else { return (nil, nil) }
        let password = PasswordHash.generatedPassword(using: &generator)
        return (try PasswordHash(of: password, using: &generator).description, password)
    }
}
