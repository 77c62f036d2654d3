// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Journal
import Logging
import NIOCore
import Records
import ServiceLifecycle
import Synchronization
import TestKit
import Tokens

@testable import Web

/// A synthetic store with accounts, and a server that asks for them. The clock stands still until it is moved.
final class GuardedStore: Sendable {
    let store: SyntheticStore
    let audit: String
    let seal: TokenSeal
    private let time = Mutex(Timestamp(seconds: 1_764_000_000))

    static let password = "a password for tests"
    // Made once: each takes a fraction of a second.
    private static let hash: String? = {
        var generator = SystemRandomNumberGenerator()
        return try? PasswordHash(of: password, rounds: 210_000, using: &generator).description
    }()

    convenience init() throws { try self.init(over: SyntheticStore(layerSize: 5000)) }

    init(over store: SyntheticStore) throws {
        self.store = store
        audit = store.scratch.path + "/audit"
        var generator = SystemRandomNumberGenerator()
        guard let seal = TokenSeal(key: TokenSeal.generate(using: &generator)) else { throw WebError.badGrant("", of: "") }
        self.seal = seal
    }

    var now: Timestamp { time.withLock { $0 } }
    func pass(_ seconds: Int) { time.withLock { $0 = Timestamp(seconds: $0.seconds + seconds) } }

    func add(_ name: String, _ grants: [String], expires: Timestamp? = nil, hasPassword: Bool = true) throws {
        try store.records.add(
            AccountRecord(name: name, password: hasPassword ? Self.hash : nil, grants: grants, created: now, expires: expires))
    }

    func token(of account: String, _ grants: [String]? = nil, expires: Timestamp? = nil) throws -> AccessToken {
        var generator = SystemRandomNumberGenerator()
        let token = AccessToken.generate(using: &generator)
        try store.records.add(
            TokenRecord(id: token.id, account: account, digest: token.digest, grants: grants, note: "", created: now, expires: expires))
        return token
    }

    func server(
        anonymous: [String] = [], providers: [IdentityProvider] = [], _ change: (inout CatalogServer.Settings) -> Void = { _ in },
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> CatalogServer {
        var settings = CatalogServer.Settings(host: "127.0.0.1", port: 0, publicKey: nil, publicName: "registry.example")
        settings.access = AccessSettings(anonymous: anonymous.compactMap { Grant($0) }, seal: seal, providers: providers)
        settings.ticks = { [self] in .seconds(now.seconds) }
        settings.audit = try AuditTrail(folder: audit, limits: .init())
        change(&settings)
        return try CatalogServer(
            records: store.records, blobs: store.blobs, settings: settings,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: { [self] in now }, onRunning: onRunning)
    }

    /// Runs a server on a port of this machine for as long as the body takes.
    func whileServing(
        anonymous: [String] = ["**:pull"], _ change: (inout CatalogServer.Settings) -> Void = { _ in },
        _ body: (_ port: Int, CatalogServer) async throws -> Void
    ) async throws {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let server = try server(anonymous: anonymous, change, onRunning: { announce.yield($0) })
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var first = ports.makeAsyncIterator()
            let port = await first.next() ?? 0
            do {
                try await body(port, server)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func audited(_ name: String) -> [JSON] {
        let text = (try? String(contentsOfFile: "\(audit)/\(name).jsonl", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
    }
}

extension CatalogServer {
    func ask(
        _ method: HTTPRequest.Method = .get, _ uri: String, _ headers: HTTPFields = [:], body: String? = nil
    ) async throws -> TestResponse {
        try await application.test(.router) {
            try await $0.executeRequest(uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        }
    }

    func ask(_ method: HTTPRequest.Method = .get, _ uri: String, as user: String, _ password: String) async throws -> TestResponse {
        try await ask(method, uri, [.authorization: Basic.header(user, password)])
    }

    func ask(_ method: HTTPRequest.Method = .get, _ uri: String, bearing token: String) async throws -> TestResponse {
        try await ask(method, uri, [.authorization: "Bearer " + token])
    }
}

extension CatalogServer {
    /// What the registry says to whoever shows this header, before it looks anything up; nil lets him in.
    func decision(_ action: Action, on repository: String, showing header: String? = nil) async throws -> RegistryRefusal? {
        let access = responder.access
        let caller = try await access.principal(showing: header, from: nil).caller
        return access.allows(caller, action, on: repository) ? nil : access.refusal(caller, action, on: repository)
    }
}

enum Basic {
    static func header(_ user: String, _ password: String) -> String { "Basic " + Base64.encode(Array("\(user):\(password)".utf8)) }
}
