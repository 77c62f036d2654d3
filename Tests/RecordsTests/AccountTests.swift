// SPDX-License-Identifier: Apache-2.0
import Base
import GRDB
import TestKit
import Testing

@testable import Records

@Suite struct AccountTests {
    private let scratch: TestFolder
    private let store: RecordStore
    private let now = Timestamp(seconds: 1000)
    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
    }

    private func account(_ name: String, _ grants: [String] = ["**:pull"]) -> AccountRecord {
        AccountRecord(name: name, password: "hash", grants: grants, created: now, expires: Timestamp(seconds: 2000))
    }
    private func token(_ id: String, of account: String) -> TokenRecord {
        TokenRecord(id: id, account: account, digest: .sha256(of: id), grants: ["x:pull"], note: "n", created: now, expires: nil)
    }

    @Test func `there is no account at first`() throws {
        #expect(try store.accounts().isEmpty && store.tokens().isEmpty)
        #expect(try store.accessVersion() == 0)
    }

    @Test func `accounts and tokens are read as they were written`() throws {
        try store.add(account("b"))
        try store.add(account("a", []))
        try store.add(token("t1", of: "b"))
        #expect(try store.accounts() == [account("a", []), account("b")])
        #expect(try store.tokens() == [token("t1", of: "b")])
        #expect(try store.tokens(of: "a").isEmpty)
    }

    @Test func `names are taken once, and tokens need an account`() throws {
        try store.add(account("a"))
        #expect(throws: RecordsError.self) { try store.add(account("a")) }
        #expect(throws: RecordsError.self) { try store.add(token("t", of: "b")) }
        #expect(throws: RecordsError.self) { try store.updateAccount("b") { $0.grants = [] } }
        #expect(throws: RecordsError.self) { try store.removeAccount("b") }
        #expect(throws: RecordsError.self) { try store.revokeToken("t", at: now) }
    }

    @Test func `an account goes with its tokens`() throws {
        try store.add(account("a"))
        try store.add(account("b"))
        try store.add(token("t1", of: "a"))
        try store.add(token("t2", of: "b"))
        try store.removeAccount("a")
        #expect(try store.tokens().map(\.id) == ["t2"])
    }

    @Test func `a token that was revoked keeps its time`() throws {
        try store.add(account("a"))
        try store.add(token("t", of: "a"))
        try store.revokeToken("t", at: Timestamp(seconds: 5))
        try store.revokeToken("t", at: Timestamp(seconds: 9))
        #expect(try store.tokens().first?.revoked == Timestamp(seconds: 5))
    }

    @Test func `every change is noticed by a reader, and a failed one by nobody`() throws {
        let reader = try RecordStore(folder: scratch.path, access: .readOnly)
        var version = try reader.accessVersion()
        func isNew() throws -> Bool {
            let before = version
            version = try reader.accessVersion()
            return version != before
        }
        try store.add(account("a"))
        #expect(try isNew())
        try store.add(token("t", of: "a"))
        #expect(try isNew())
        try store.updateAccount("a") { $0.grants = [] }
        #expect(try isNew())
        try store.revokeToken("t", at: now)
        #expect(try isNew())
        #expect(throws: RecordsError.self) { try store.add(account("a")) }
        #expect(try !isNew())
        try store.removeAccount("a")
        #expect(try isNew())
    }
}
