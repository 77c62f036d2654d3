// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Synchronization
import TestKit
import Testing

@testable import Fetch

struct FetcherTests {
    private let store = MemoryBlobStore()
    private let hello = DebBuilder("hello", "2.10-3~deb13u1+b2")
    private static let base = "https://mirror.example/debian"

    private func lock(_ packages: [LockedPackage], on platforms: [Platform] = [.amd64]) -> Lock {
        Lock(
            image: "hello", stream: "1", variant: nil, recipe: Digest.sha256(of: ""), revision: 1,
            platforms: platforms.map { PlatformLock(platform: $0, packages: packages) })
    }
    private func fetcher(_ transport: ScriptedTransport, _ reach: Fetcher.Reach = .network, parallelism: Int = 4) -> Fetcher {
        Fetcher(
            blobs: store, transport: transport, archives: ["trixie": Self.base], scratch: "/scratch", reach: reach, parallelism: parallelism
        )
    }
    private func transport(_ answers: [String: ScriptedTransport.Answer] = [:], company: Int = 1) -> ScriptedTransport {
        ScriptedTransport(answers, into: store, company: company)
    }
    private func url(_ package: LockedPackage) -> String { Self.base + "/" + package.path }
    private func refusal(_ fetcher: Fetcher, _ lock: Lock) async -> Diagnosis? {
        do {
            _ = try await fetcher.fetch(lock)
            return nil
        } catch {
            return (error as? any Diagnosable)?.diagnosis
        }
    }

    @Test func `a package comes from the mirror once, and from the store ever after`() async throws {
        let bytes = try hello.bytes()
        let package = hello.locked(bytes)
        let transport = transport([url(package): .init(body: bytes)])
        let parcels = try await fetcher(transport).fetch(lock([package]))
        #expect(parcels.value.platforms.map(\.parcels) == [[Parcel(package: package, digest: Digest.sha256(of: bytes))]])
        #expect(try store.read(Digest.sha256(of: bytes)) == bytes)
        #expect(transport.asked == [url(package)])
        #expect(!parcels.evidence.isEmpty)
        _ = try await fetcher(transport).fetch(lock([package]))
        #expect(transport.asked.count == 1)
    }

    @Test func `the store alone is enough without a network`() async throws {
        let parcel = try hello.parcel(in: store)
        let transport = transport()
        _ = try await fetcher(transport, .storeOnly).fetch(lock([parcel.package]))
        #expect(transport.asked.isEmpty)
    }

    @Test func `without a network a missing package is named`() async throws {
        let transport = transport()
        let refusal = await refusal(fetcher(transport, .storeOnly), lock([hello.locked(try hello.bytes())]))
        #expect(refusal?.code == "fetch.not-in-store")
        #expect(refusal?.summary.contains("hello 2.10-3~deb13u1+b2") == true)
        #expect(transport.asked.isEmpty)
    }

    @Test func `other bytes than the lock names are refused and named`() async throws {
        let package = hello.locked(try hello.bytes())
        let other = Array(try hello.bytes().reversed())
        let refusal = await refusal(fetcher(transport([url(package): .init(body: other)])), lock([package]))
        #expect(refusal?.code == "fetch.digest-mismatch")
        #expect(refusal?.kind == .untrusted)
        #expect(refusal?.summary.contains("hello") == true)
        #expect(refusal?.notes.contains { $0.contains(package.sha256) } == true)
        #expect(refusal?.notes.contains { $0.contains(Digest.sha256(of: other).hex) } == true)
        #expect(store.digests.isEmpty)
    }

    @Test func `a web page in place of a package is called one`() async throws {
        let package = hello.locked(try hello.bytes())
        let page = ScriptedTransport.Answer(headers: ["content-type": "text/html; charset=utf-8"], body: Array("<html>".utf8))
        let refusal = await refusal(fetcher(transport([url(package): page])), lock([package]))
        #expect(refusal?.code == "fetch.not-a-package")
        #expect(refusal?.summary.contains("text/html") == true)
    }

    @Test(arguments: [404, 410]) func `a package that has left the archive is gone`(_ status: Int) async throws {
        let package = hello.locked(try hello.bytes())
        let refusal = await refusal(fetcher(transport([url(package): .init(status: status)])), lock([package]))
        #expect(refusal?.code == "fetch.gone")
        #expect(refusal?.kind == .notFound)
    }

    @Test(arguments: [301, 403, 500, 503]) func `any other status is no package`(_ status: Int) async throws {
        let package = hello.locked(try hello.bytes())
        let refusal = await refusal(fetcher(transport([url(package): .init(status: status)])), lock([package]))
        #expect(refusal?.code == "fetch.not-a-package")
        #expect(refusal?.summary.contains("\(status)") == true)
    }

    @Test func `more bytes than the lock states are not read, and the package is named`() async throws {
        let package = hello.locked(try hello.bytes())
        let refusal = await refusal(fetcher(transport([url(package): .init(body: try hello.bytes() + [0])])), lock([package]))
        #expect(refusal?.code == "scripted.too-large")
        #expect(refusal?.summary.contains("hello 2.10-3~deb13u1+b2") == true)
        #expect(refusal?.remedy == "send less")
    }

    @Test(arguments: [true, false]) func `a size that the file has not is the lock's fault`(_ isInStore: Bool) async throws {
        let bytes = try hello.bytes()
        var package = hello.locked(bytes)
        package.size += 1
        if isInStore { store.write(bytes) }
        let refusal = await refusal(fetcher(transport([url(package): .init(body: bytes)])), lock([package]))
        #expect(refusal?.code == "fetch.wrong-size")
    }

    @Test(
        arguments: [
            "../x.deb", "pool/../../x.deb", "/etc/passwd", "pool//x.deb", "pool/./x.deb", "", "pool/", "pool\\..\\x.deb", "pool/x y.deb",
            "pool/x\u{0}.deb", "pool/ü.deb", String(repeating: "p/", count: 600) + "x",
        ])
    func `a path that could lead out of the archive is refused before any request`(_ path: String) async throws {
        var package = hello.locked(try hello.bytes())
        package.path = path
        let good = DebBuilder("other").locked(try DebBuilder("other").bytes())
        let transport = transport()
        let refusal = await refusal(fetcher(transport), lock([good, package]))
        #expect(refusal?.code == "fetch.damaged-lock")
        #expect(transport.asked.isEmpty)
    }

    @Test(arguments: [
        ("https://user:hush@host/debian/a_1.deb", "https://host/debian/a_1.deb"), ("http://host:80/a@b/c", "http://host:80/a@b/c"),
        ("https://a@b:c@host/x", "https://host/x"), ("file:///srv/a@b", "file:///srv/a@b"),
    ])
    func `an address is shown without its password`(_ address: String, _ shown: String) {
        #expect(LockCheck.shown(address) == shown)
    }

    @Test func `what a name holds besides letters is escaped once`() async throws {
        let bytes = try hello.bytes()
        var package = hello.locked(bytes)
        package.path = "pool/h/hello_1%3a2+b~1?x#y_amd64.deb"
        let address = Self.base + "/pool/h/hello_1%253a2+b~1%3Fx%23y_amd64.deb"
        _ = try await fetcher(transport([address: .init(body: bytes)])).fetch(lock([package]))
    }

    @Test(arguments: ["", "xyz", String(repeating: "G", count: 64), "sha256:" + String(repeating: "0", count: 64)])
    func `a digest that is none is refused`(_ text: String) async throws {
        var package = hello.locked(try hello.bytes())
        package.sha256 = text
        #expect(await refusal(fetcher(transport()), lock([package]))?.code == "fetch.damaged-lock")
    }

    @Test(arguments: [-1, 0, 1 << 40]) func `a size that cannot be is refused`(_ size: Int) async throws {
        var package = hello.locked(try hello.bytes())
        package.size = size
        #expect(await refusal(fetcher(transport()), lock([package]))?.code == "fetch.damaged-lock")
    }

    @Test func `an archive that no suite has is named`() async throws {
        var package = hello.locked(try hello.bytes())
        package.archive = "sid"
        let refusal = await refusal(fetcher(transport()), lock([package]))
        #expect(refusal?.code == "fetch.unknown-archive")
        #expect(refusal?.summary.contains("sid") == true)
    }

    @Test func `packages are fetched at once, each once, and told in the lock's order`() async throws {
        let debs = (1...6).map { DebBuilder("package\($0)", architecture: "all") }
        let packages = try debs.map { $0.locked(try $0.bytes()) }
        var answers: [String: ScriptedTransport.Answer] = [:]
        for (deb, package) in zip(debs, packages) { answers[url(package)] = .init(body: try deb.bytes()) }
        let transport = transport(answers, company: 3)
        let told = Mutex<[String]>([])
        let parcels = try await fetcher(transport, parallelism: 3).fetch(lock(packages, on: [.amd64, .arm64])) { package in
            told.withLock { $0.append(package.name) }
        }
        #expect(transport.peak == 3)
        #expect(transport.asked.sorted() == packages.map(url).sorted())
        #expect(told.withLock { $0.sorted() } == packages.map(\.name))
        #expect(parcels.value.platforms.map(\.platform) == [.amd64, .arm64])
        for platform in parcels.value.platforms { #expect(platform.parcels.map(\.package) == packages) }
    }
}
