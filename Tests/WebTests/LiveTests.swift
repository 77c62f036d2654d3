// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Records
import ServiceLifecycle
import TestKit
import Testing

@testable import Web

@Suite struct LiveTests {
    @Test func `one connection serves many requests over a socket`() async throws {
        let store = try SyntheticStore(layerSize: 3_000_000)
        try await store.server().application.test(.live) { client in
            for _ in 0..<3 {
                let blob = try await client.executeRequest(
                    uri: "/v2/team/python/blobs/\(store.layerDigest)", method: .get, headers: [:], body: nil)
                #expect(blob.bytes == store.layer)
                let head = try await client.executeRequest(uri: "/v2/team/python/manifests/3.13", method: .head, headers: [:], body: nil)
                #expect(head.headers[.contentLength] == String(store.index.count))
                let part = try await client.executeRequest(
                    uri: "/v2/team/python/blobs/\(store.layerDigest)", method: .get, headers: [.range: "bytes=1000000-1999999"], body: nil)
                #expect(part.bytes == Array(store.layer[1_000_000..<2_000_000]))
            }
        }
    }

    @Test func `a large blob goes from the disk to the socket, in every part that is asked for`() async throws {
        // More than one piece, and not a whole number of them.
        let size = FileHandover.pieceSize * 2 + 12345
        let store = try SyntheticStore(layerSize: size)
        let path = "/v2/team/python/blobs/\(store.layerDigest)"
        let ranges = [
            0..<size, 1..<size, 0..<(size - 1), (FileHandover.pieceSize - 1)..<(FileHandover.pieceSize + 1), (size - 300_000)..<size,
        ]
        try await store.server().application.test(.live) { client in
            for range in ranges {
                let response = try await client.executeRequest(
                    uri: path, method: .get, headers: [.range: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"], body: nil)
                #expect(response.status == .partialContent)
                let isSame = response.bytes == Array(store.layer[range])
                #expect(isSame, "\(range)")
                #expect(response.headers[.contentLength] == String(range.count))
                #expect(FileHandover.field.map { response.headers[$0] == nil } == true)
            }
            let head = try await client.executeRequest(uri: path, method: .head, headers: [:], body: nil)
            #expect(head.headers[.contentLength] == String(size))
            #expect(head.bytes.isEmpty)
        }
        let inProcess = try await store.ask(path)
        let isSame = inProcess.bytes == store.layer
        #expect(isSame)
        #expect(FileHandover.field.map { inProcess.headers[$0] == nil } == true)
    }

    @Test func `the server starts, tells its port and stops when asked`() async throws {
        let store = try SyntheticStore(layerSize: 10)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = try CatalogServer(
            records: store.records, blobs: store.blobs, settings: .init(port: 0), logger: logger, onRunning: { announce.yield($0) })
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var first = ports.makeAsyncIterator()
            let port = try #require(await first.next())
            #expect(port > 0)
            let second = try CatalogServer(
                records: store.records, blobs: store.blobs, settings: .init(port: port), logger: logger)
            await #expect(throws: WebError.self) { try await second.run() }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func `a slow client gets its blob to the end while the server shuts down`() async throws {
        let store = try SyntheticStore(layerSize: 8_000_000)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = try CatalogServer(
            records: store.records, blobs: store.blobs, settings: .init(port: 0), logger: logger, onRunning: { announce.yield($0) })
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var first = ports.makeAsyncIterator()
            let client = try SocketClient(port: try #require(await first.next()))
            try client.send("GET /v2/team/python/blobs/\(store.layerDigest) HTTP/1.1\r\nHost: x\r\n\r\n")
            // The answer has begun; most of it waits for the client to read on.
            let beginning = try await client.read(atLeast: 1000)
            await group.triggerGracefulShutdown()
            let rest = try await client.read(atLeast: .max)
            let isWhole = (beginning + rest).suffix(store.layer.count).elementsEqual(store.layer)
            #expect(isWhole)
            try await tasks.waitForAll()
        }
    }

    @Test func `a store opened for reading can be served`() async throws {
        let store = try SyntheticStore(layerSize: 10)
        let records = try RecordStore(folder: store.scratch.path, access: .readOnly)
        let blobs = try FileBlobStore(folder: store.scratch.path, access: .readOnly)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = try CatalogServer(records: records, blobs: blobs, settings: .init(port: 0), logger: logger)
        #expect(try await store.ask("/v2/team/python/manifests/latest", server: server).status == .ok)
        #expect(try await store.ask("/", server: server).status == .ok)
    }
}
