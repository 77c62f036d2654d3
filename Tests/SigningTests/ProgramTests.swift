// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Sigstore
import Testing
import Transparency

@testable import Signing

/// The signer as the program it is: its own process, killed, starved of disk, asked by another user.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ProgramTests {
    private static let program = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/debug/ashlar").path

    private static func isThere(_ what: String) -> Bool {
        if FileManager.default.isExecutableFile(atPath: program) { return true }
        print("SKIPPED: \(what); there is no program \(program)")
        return false
    }
    private static func isRoot(_ what: String) -> Bool {
        if geteuid() == 0 { return true }
        print("SKIPPED: \(what); needs root")
        return false
    }

    /// Keys in files, and a way to start signers on them.
    private final class Place: Sendable {
        let scratch: Scratch
        let keys: KeySigner

        init() throws {
            scratch = try Scratch()
            var generator = SystemRandomNumberGenerator()
            let image = KeyFile.generate(using: &generator)
            let log = try LogKeyFile.generate(using: &generator)
            keys = image.signer(log: log)
            try write("cosign.key", image.unencryptedPEM, 0o600)
            try write("cosign.pub", image.publicPEM, 0o644)
            try write("log.key", log.unencryptedPEM, 0o600)
            try write("log.pub", NoteKey(name: Workbench.origin, algorithm: .ed25519, publicKey: log.publicKey).description, 0o644)
        }

        func write(_ name: String, _ text: String, _ mode: Int) throws {
            try FileManager.default.createDirectory(atPath: scratch.path + "/keys", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: scratch.path + "/keys/" + name))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: scratch.path + "/keys/" + name)
        }

        var command: [String] {
            [ProgramTests.program, "signer", "--inherited", "3", "--store", scratch.path + "/store", "--keys", scratch.path + "/keys"]
        }

        func child(journal: String? = nil) throws -> SignerChild {
            try SignerChild(starting: command + (journal.map { ["--journal", $0] } ?? []), environment: ["PATH": "/usr/bin:/bin"])
        }

        /// A signer at a socket, as a service.
        func service(_ more: [String] = []) throws -> Process {
            let process = Process()
            process.executableURL = URL(filePath: ProgramTests.program)
            process.arguments =
                [
                    "signer", "--socket", socket, "--store", scratch.path + "/store", "--keys", scratch.path + "/keys", "--user", "nobody",
                ] + more
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
        var socket: String { scratch.path + "/s" }

        /// Asks again until the service is up.
        func connect(to process: Process, servers: Set<UInt32>) async throws -> SocketSigner {
            while true {
                do { return try await SocketSigner.connect(to: socket, servers: servers, expecting: keys.publicKeyDER) } catch let error
                    as SigningError
                {
                    guard case .unreachable = error, process.isRunning else { throw error }
                    sched_yield()
                }
            }
        }
    }

    private func checkpoint(_ tree: SmallTree, from old: Int = 0) -> SignableMessage {
        .checkpoint(tree.checkpoint(), consistency: tree.consistency(from: old))
    }

    @Test func `a child signs over its pair of sockets, has nothing else open, and ends with its parent`() async throws {
        guard Self.isThere("the signer as a child") else { return }
        let place = try Place()
        let child = try place.child()
        let signer = try await SocketSigner.over(child.channel, expecting: place.keys.publicKeyDER)
        #expect(try await signer.sign([checkpoint(SmallTree(3))]).count == 1)
        let status = try String(contentsOfFile: "/proc/\(child.processID)/status", encoding: .utf8)
        #expect(status.contains("NoNewPrivs:\t1"))
        let files = "/proc/\(child.processID)/fd"
        if geteuid() == 0 {
            let open = try FileManager.default.contentsOfDirectory(atPath: files)
                .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\($0)") }
            let sockets = open.filter { $0.hasPrefix("socket:") }
            // Its own end, and a pair to wake its own thread with.
            #expect(sockets.count <= 3, "\(open)")
            #expect(!open.contains { $0.hasSuffix(".key") || $0.contains("Tests") }, "\(open)")
        } else {
            // Not even its own user looks into it: neither its memory nor its files.
            #expect(throws: (any Error).self) { try FileManager.default.contentsOfDirectory(atPath: files) }
        }
        child.end()
        #expect(kill(child.processID, 0) != 0)
    }

    @Test func `a signer killed in the middle loses nothing, and the request can be repeated`() async throws {
        guard Self.isThere("a signer that is killed") else { return }
        let place = try Place()
        do {
            let child = try place.child()
            let signer = try await SocketSigner.over(child.channel, expecting: nil)
            _ = try await signer.sign([checkpoint(SmallTree(5))])
            // The beginning of a request is on its way when the process dies.
            try child.channel.writeFrame(SignerRequest.sign([.statement, .statement]).bytes, until: .now + .seconds(10))
            kill(child.processID, SIGKILL)
            await #expect(throws: SigningError.self) { try await signer.sign([checkpoint(SmallTree(6), from: 5)]) }
            child.end()
        }
        let child = try place.child()
        let signer = try await SocketSigner.over(child.channel, expecting: nil)
        #expect(try await signer.lastCheckpoint()?.size == 5)
        await #expect(throws: SigningError.self) { try await signer.sign([checkpoint(SmallTree(6, label: "other"), from: 5)]) }
        #expect(try await signer.sign([checkpoint(SmallTree(6), from: 5)]).count == 1)
        child.end()
        let journal = try String(contentsOfFile: place.scratch.path + "/keys/signer.journal", encoding: .utf8)
        #expect(journal.split(separator: "\n").count == 3 && journal.hasSuffix("\n"))
    }

    @Test func `keys that others may read, and a log name of another key, end it before it begins`() async throws {
        guard Self.isThere("keys that others may read") else { return }
        let place = try Place()
        try place.write("cosign.key", KeyFile(pem: place.scratch.text("keys/cosign.key")).unencryptedPEM, 0o644)
        let child = try place.child()
        await #expect(throws: SigningError.self) { try await SocketSigner.over(child.channel, expecting: nil) }
        child.end()
    }

    @Test func `a disk that is full at the journal leaves everything unsigned, until there is room`() async throws {
        guard Self.isThere("a full disk at the journal"), Self.isRoot("a full disk at the journal") else { return }
        let place = try Place()
        let disk = place.scratch.path + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        guard run("/bin/mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", disk]) == 0 else {
            print("SKIPPED: a full disk at the journal; this machine mounts no tmpfs here")
            return
        }
        defer { _ = run("/bin/umount", [disk]) }
        let child = try place.child(journal: disk + "/journal")
        let signer = try await SocketSigner.over(child.channel, expecting: nil)
        _ = try await signer.sign([checkpoint(SmallTree(1))])
        let before = try Data(contentsOf: URL(filePath: disk + "/journal"))
        run("/bin/dd", ["if=/dev/zero", "of=\(disk)/filler", "bs=512"])
        // Fill the journal's own last page, then no line fits any more.
        var refusal: SigningError?
        for _ in 0..<64 where refusal == nil {
            do { _ = try await signer.sign([checkpoint(SmallTree(1), from: 1)]) } catch let error as SigningError { refusal = error }
        }
        guard case .journal = refusal else {
            Issue.record("it went on signing: \(String(describing: refusal))")
            child.end()
            return
        }
        let full = try Data(contentsOf: URL(filePath: disk + "/journal"))
        #expect(full.starts(with: before) && full.last == 0x0A)
        try FileManager.default.removeItem(atPath: disk + "/filler")
        #expect(try await signer.sign([checkpoint(SmallTree(2), from: 1)]).count == 1)
        #expect(try await signer.lastCheckpoint()?.size == 2)
        child.end()
    }

    @Test func `started as root it is another user before it listens, and its socket shows that`() async throws {
        guard Self.isThere("giving up root"), Self.isRoot("giving up root"), let nobody = Confinement.user(named: "nobody") else { return }
        let place = try Place()
        let process = try place.service(["--allow-uid", "0"])
        let signer = try await place.connect(to: process, servers: [nobody.uid])
        #expect(try await signer.sign([checkpoint(SmallTree(2))]).count == 1)
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let ids = String(repeating: "\t\(nobody.uid)", count: 4)
        #expect(status.contains("Uid:\(ids)") && status.contains("CapEff:\t0000000000000000"))
        await #expect(throws: SigningError.self) {
            try await SocketSigner.connect(to: place.socket, servers: [0], expecting: nil)
        }
        // Another user is let through the file's mode and still turned away.
        _ = chmod(place.socket, 0o666)
        let answer = ask(place.socket, as: 4242)
        #expect(answer.contains("user 4242 is not allowed"), "\(answer)")
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let journal = try String(contentsOfFile: place.scratch.path + "/keys/signer.journal", encoding: .utf8)
        #expect(journal.contains("user 4242 is not allowed to ask"))
    }

    @Test func `killed as a service it leaves a socket that the next one takes over`() async throws {
        guard Self.isThere("a service that is killed"), Self.isRoot("a service that is killed") else { return }
        let place = try Place()
        let servers: Set<UInt32> = [Confinement.user(named: "nobody")?.uid ?? 0]
        let first = try place.service(["--allow-uid", "0"])
        _ = try await place.connect(to: first, servers: servers).sign([checkpoint(SmallTree(4))])
        let rival = try place.service(["--allow-uid", "0"])
        rival.waitUntilExit()
        #expect(rival.terminationStatus == 73)
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: place.socket))
        let second = try place.service(["--allow-uid", "0"])
        let signer = try await place.connect(to: second, servers: servers)
        #expect(try await signer.lastCheckpoint()?.size == 4)
        second.terminate()
        second.waitUntilExit()
    }

    @Test func `without its user root is told how to make one`() throws {
        guard Self.isThere("root without a user"), Self.isRoot("root without a user") else { return }
        guard Confinement.user(named: "ashlar-signer") == nil else {
            print("SKIPPED: root without a user; this machine has the user ashlar-signer")
            return
        }
        let place = try Place()
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(filePath: Self.program)
        process.arguments = ["signer", "--socket", place.socket, "--store", place.scratch.path, "--keys", place.scratch.path + "/keys"]
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 66)
        #expect(text.contains("useradd --system"))
    }

    @discardableResult private func run(_ program: String, _ arguments: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// What a signer answers to a process of another user.
    private func ask(_ socket: String, as user: Int) -> String {
        let script =
            // The refusal comes before anything is asked; whoever writes to a connection that is closed may not read it any more.
            "use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die $!; local $/; print scalar <$s>;"
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "/usr/bin/perl", "-e", script, socket]
        process.standardOutput = output
        process.standardError = output
        guard (try? process.run()) != nil else { return "setpriv did not start" }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
