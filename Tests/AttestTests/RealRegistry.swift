// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Glibc
import OCI
import Synchronization

enum Clients {
    /// Where `scripts/clients` put them; nil leaves the tests with real clients out.
    static let folder = ProcessInfo.processInfo.environment["ASHLAR_CLIENTS"]
}

/// A docker-registry on a local port, for as long as the value lives.
final class RealRegistry {
    static let program = ["/usr/bin/docker-registry", "/usr/local/bin/registry"].first(where: FileManager.default.isExecutableFile(atPath:))
    let host: String
    let folder: URL
    private let process = Process()

    init() throws {
        // A port of its own: one that a registry of an interrupted run still holds would answer with that run's content.
        let port = try Self.freePort()
        host = "127.0.0.1:\(port)"
        folder = FileManager.default.temporaryDirectory.appending(path: "ashlar-registry-\(getpid())-\(port)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = """
            version: 0.1
            log: {level: error}
            storage:
              filesystem: {rootdirectory: \(folder.path)/data}
            http: {addr: "\(host)"}
            """
        let file = folder.appending(path: "registry.yml")
        try Data(configuration.utf8).write(to: file)
        process.executableURL = URL(fileURLWithPath: Self.program ?? "/nonexistent")
        process.arguments = ["serve", file.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        // curl waits, so that the test need not.
        let ready = try Command.run(
            "/usr/bin/curl", ["-sf", "--retry", "50", "--retry-connrefused", "--retry-delay", "1", "http://\(host)/v2/"])
        guard ready.status == 0, process.isRunning else { throw Failure.notReady }
    }

    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1 }
        }
        guard result == 0 else { throw Failure.noPort }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    enum Failure: Error { case notReady, noPort }

    deinit {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}

/// Runs a program and collects what it says.
enum Command {
    static func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws -> (
        status: Int32, output: [UInt8], errors: String
    ) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ashlar-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files rather than pipes: neither can fill up.
        let (output, errors) = (folder.appending(path: "output"), folder.appending(path: "errors"))
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, Array(try Data(contentsOf: output)), String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        )
    }
}

/// The transport port over curl.
struct CurlTransport: HTTPTransport {
    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse { WebResponse(status: 500) }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ashlar-curl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (head, body, sent) = (folder.appending(path: "head"), folder.appending(path: "body"), folder.appending(path: "sent"))
        var arguments = ["-sS", "--noproxy", "*", "--max-filesize", "\(limit)", "-D", head.path, "-o", body.path, "-H", "Expect:"]
        arguments += request.method == "HEAD" ? ["-I"] : ["-X", request.method]
        for (name, value) in request.headers where name != "Content-Length" { arguments += ["-H", "\(name): \(value)"] }
        if ["POST", "PUT"].contains(request.method) {
            try Data(request.body).write(to: sent)
            arguments += ["--data-binary", "@\(sent.path)"]
            if request.headers["Content-Type"] == nil { arguments += ["-H", "Content-Type:"] }
        }
        let result = try Command.run("/usr/bin/curl", arguments + [request.url])
        guard result.status == 0 else { throw Failure.curl(result.errors) }
        var response = WebResponse(status: 0)
        for line in String(decoding: try Data(contentsOf: head), as: UTF8.self).split(whereSeparator: \.isNewline) {
            if line.hasPrefix("HTTP/") {
                response.status = Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
            } else if let colon = line.firstIndex(of: ":") {
                response.headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            }
        }
        if request.method != "HEAD", let data = try? Data(contentsOf: body) { response.body = Array(data) }
        return response
    }

    enum Failure: Error { case curl(String) }
}

final class MemoryBlobs: BlobStore {
    private let contents: Mutex<[Digest: [UInt8]]>
    struct Missing: Error {}

    init(_ contents: [Content]) { self.contents = Mutex(Dictionary(contents.map { ($0.digest, $0.bytes) }) { first, _ in first }) }
    func size(of digest: Digest) throws -> Int? { contents.withLock { $0[digest]?.count } }
    func read(_ digest: Digest) throws -> [UInt8] {
        guard let bytes = contents.withLock({ $0[digest] }) else { throw Missing() }
        return bytes
    }
    func verified(_ digest: Digest) throws -> [UInt8] { try read(digest) }
    func write(_ bytes: [UInt8]) throws -> Digest {
        let digest = Digest.sha256(of: bytes)
        contents.withLock { $0[digest] = bytes }
        return digest
    }
    func adopt(file path: String, expecting digest: Digest) throws { throw Missing() }
    func path(of digest: Digest) throws -> String { throw Missing() }
}
