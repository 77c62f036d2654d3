// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Transport

@Suite struct DownloadTests {
    /// A file in a folder of its own, removed afterwards.
    private func withFile<Result: Sendable>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/ashlar-download-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder + "/file")
    }
    private func text(_ path: String) -> String? { FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } }

    private func download(
        attempts: Int = 3, limit: Int = 100, prepared: (String) throws -> Void = { _ in },
        _ script: @escaping @Sendable (String, Int) -> ScriptedServer.Reply
    ) async throws -> (response: WebResponse?, error: TransportError?, text: String?, heads: [String], leftover: Bool) {
        try await withFile { file in
            try prepared(file)
            return try await ScriptedServer.with(script) { server in
                try await LiveTransport.with(Pauses().settings(attempts: attempts)) { transport in
                    var response: WebResponse?
                    var failure: TransportError?
                    do {
                        response = try await transport.download(WebRequest("GET", server.url("/f.deb")), toFile: file, limit: limit)
                    } catch {
                        failure = error as? TransportError
                    }
                    return (response, failure, text(file), server.heads, FileManager.default.fileExists(atPath: file + ".validator"))
                }
            }
        }
    }

    private static let cut = ScriptedServer.Reply.cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"one\"\r\n\r\n0123")

    @Test func `a whole file is written`() async throws {
        let found = try await download { _, _ in .ok("0123456789", "ETag: \"one\"\r\n") }
        #expect(found.text == "0123456789")
        #expect(found.response?.status == 200)
        #expect(found.response?.body == [])
        #expect(!found.leftover)
    }

    @Test func `a cut download goes on where it stopped`() async throws {
        let found = try await download { _, count in
            count == 1
                ? Self.cut : .text("HTTP/1.1 206 Some\r\nContent-Length: 6\r\nContent-Range: bytes 4-9/10\r\nETag: \"one\"\r\n\r\n456789")
        }
        #expect(found.text == "0123456789")
        #expect(found.heads[1].contains("Range: bytes=4-"))
        #expect(found.heads[1].contains("If-Range: \"one\""))
        #expect(!found.leftover)
    }

    @Test func `a whole answer instead of the rest replaces what was there`() async throws {
        let found = try await download { _, count in count == 1 ? Self.cut : .ok("abcdefghij", "ETag: \"two\"\r\n") }
        #expect(found.text == "abcdefghij")
    }

    @Test(arguments: [
        "Content-Range: bytes 3-9/10\r\nETag: \"one\"", "Content-Range: bytes 4-9/10\r\nETag: \"two\"", "Content-Range: nonsense",
        "X-No: range",
    ])
    func `a rest that does not fit starts the file again`(_ header: String) async throws {
        let found = try await download { _, count in
            switch count {
            case 1: Self.cut
            case 2: .cut("HTTP/1.1 206 Some\r\nContent-Length: 6\r\n\(header)\r\n\r\nxxxxxx")
            default: .ok("abcdefghij")
            }
        }
        #expect(found.error == nil)
        #expect(found.text == "abcdefghij")
        #expect(found.heads.last?.contains("Range") == false)
    }

    @Test func `an answer that nothing is left means the file is whole`() async throws {
        let found = try await download(
            prepared: {
                try Data("0123456789".utf8).write(to: URL(filePath: $0));
                try Data("\"one\"".utf8).write(to: URL(filePath: $0 + ".validator"))
            },
            { _, _ in .status(416, "Content-Range: bytes */10\r\n") })
        #expect(found.response?.status == 200)
        #expect(found.text == "0123456789")
        #expect(!found.leftover)
    }

    @Test func `bytes of an unknown version are not gone on with`() async throws {
        let found = try await download(prepared: { try Data("zzzz".utf8).write(to: URL(filePath: $0)) }) { _, _ in .ok("0123456789") }
        #expect(found.text == "0123456789")
        #expect(!found.heads[0].contains("Range"))
    }

    @Test func `a failure leaves the bytes for the next try`() async throws {
        let found = try await download(attempts: 1) { _, _ in Self.cut }
        guard case .interrupted(_, received: 4, expected: 10)? = found.error else { return #expect(found.error == nil) }
        #expect(found.text == "0123")
        #expect(found.leftover)
    }

    @Test func `tries that bring bytes do not count as failed`() async throws {
        let found = try await download(attempts: 2) { _, count in
            count == 1
                ? .cut("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"one\"\r\n\r\n1")
                : .cut("HTTP/1.1 206 Some\r\nContent-Length: \(6 - count)\r\nContent-Range: bytes \(count - 1)-4/5\r\n\r\n\(count)")
        }
        #expect(found.text == "12345")
        #expect(found.heads.count == 5)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" + String(repeating: "x", count: 128),
        "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 128),
    ])
    func `a file over the limit is refused`(_ answer: String) async throws {
        let found = try await download { _, _ in .cut(answer) }
        guard case .tooLarge(_, limit: 100)? = found.error else { return #expect(found.error == nil) }
        #expect((found.text?.utf8.count ?? 0) <= 100)
    }

    @Test func `a web page instead of a file is refused`() async throws {
        let found = try await download { _, _ in .ok("<html>", "Content-Type: text/html; charset=utf-8\r\n") }
        guard case .htmlAnswer? = found.error else { return #expect(found.error == nil) }
        #expect(found.text == nil)
    }

    @Test func `a status that is no success is an answer and touches nothing`() async throws {
        let found = try await download(prepared: { try Data("keep".utf8).write(to: URL(filePath: $0)) }) { _, _ in .status(404) }
        #expect(found.response?.status == 404)
        #expect(found.text == "keep")
    }

    @Test func `a file address is copied within the limit`() async throws {
        try await withFile { file in
            try Data("some bytes".utf8).write(to: URL(filePath: file))
            try await LiveTransport.with(TransportSettings()) { transport in
                let request = WebRequest("GET", "file://" + file)
                let whole = try await transport.send(request, limit: 10)
                #expect(whole.body == Array("some bytes".utf8))
                #expect(try await transport.download(request, toFile: file + ".copy", limit: 10).status == 200)
                #expect(text(file + ".copy") == "some bytes")
                #expect(try await transport.send(WebRequest("GET", "file://\(file).none"), limit: 10).status == 404)
                await #expect(throws: TransportError.self) { _ = try await transport.send(request, limit: 9) }
                await #expect(throws: TransportError.self) {
                    _ = try await transport.send(WebRequest("GET", "file:///tmp/%2e%2e/etc/passwd"), limit: 9999)
                }
            }
        }
    }

    @Test(arguments: [
        ("bytes 0-9/10", true), ("bytes 0-9/*", true), ("bytes 5-4/10", false), ("bytes 0-9/9", false), ("bytes 0-9", false),
        ("items 0-9/10", false),
        ("bytes -1-9/10", false), ("bytes 0-x/10", false), ("", false),
    ])
    func `content ranges`(_ text: String, _ isValid: Bool) { #expect((ContentRange(text) != nil) == isValid) }
}
