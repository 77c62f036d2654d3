// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Records
import TestKit
import Testing

@testable import Web

@Suite struct PageTests {
    let store: SyntheticStore
    init() throws { store = try SyntheticStore(layerSize: 1000) }

    @Test func `the home page lists images with what is known of them`() async throws {
        let page = try await store.ask("/")
        #expect(page.status == .ok)
        for expected in [
            "The language &amp; its library.", "team/python", "61.0 MB", "1 test failed, 3 tests passed", "Not assessed",
            "No number here means no number, not zero.",
            "1 image,", "amd64",
        ] { #expect(page.text.contains(expected), "\(expected)") }
        #expect(HTMLCheck(page.text).faults.isEmpty)
    }

    @Test func `an image's page says how to pull exactly this build`() async throws {
        let page = try await store.ask("/images/team/python")
        #expect(page.status == .ok)
        let text = HTMLCheck(page.text).text
        for expected in [
            "docker pull localhost/team/python@\(store.indexDigest)", "docker pull localhost/team/python:3.13", "3.13.5-r1",
            "Not assessed.",
            "ashlar verify http://localhost/team/python@\(store.indexDigest) --key cosign.pub", "31 Oct 2029", "65532:65532",
        ] { #expect(text.contains(expected), "\(expected)") }
        let kubernetes = HTMLCheck(try await store.ask("/images/team/python/3.13?pull=kubernetes").text).text
        for expected in ["runAsNonRoot: true", "runAsUser: 65532", "image: localhost/team/python@\(store.indexDigest)", "drop: [ALL]"] {
            #expect(kubernetes.contains(expected), "\(expected)")
        }
        #expect(try await store.ask("/images/team/python/3.13?pull=from").text.contains("FROM localhost/"))
    }

    @Test func `layers and evidence are what the manifests name`() async throws {
        let layers = try await store.ask("/images/team/python/3.13/layers").text
        #expect(layers.contains("/v2/team/python/blobs/\(store.layerDigest)") && layers.contains("1.0 kB"))
        let evidence = try await store.ask("/images/team/python/3.13/provenance").text
        #expect(evidence.contains("SBOM, SPDX") && evidence.contains("Signature"))
    }

    @Test func `a stone of the wall looks settled only where somebody could see that nothing is left`() {
        var answered = SampleAssessment.finding("CVE-1", .high)
        answered.answer = Answer(status: "fixed", justification: nil, source: "us")
        let open = SampleAssessment.finding("CVE-2", .high)
        #expect(Wall.mark(of: nil) == .unknown)
        #expect(Wall.mark(of: SampleAssessment.assessment([answered])) == .settled)
        #expect(Wall.mark(of: SampleAssessment.assessment([open])) == .left)
        #expect(Wall.mark(of: SampleAssessment.assessment([answered], level: .unknown)) == .unknown)
        #expect(Wall.mark(of: SampleAssessment.assessment([], level: .unknown)) == .unknown)
        #expect(Wall.mark(of: SampleAssessment.assessment([open], level: .unknown)) == .left)
    }

    @Test func `the wall of builds that nobody assessed has their mark`() async throws {
        #expect(try await store.ask("/").text.components(separatedBy: #"class="ring unknown""#).count == 3)
        #expect(try await FullStore(level: .complete).ask("/").text.components(separatedBy: #"class="ring unknown""#).count == 2)
    }

    @Test func `the three numbers are told as the assessment tells them`() async throws {
        let bounded = HTMLCheck(try await FullStore(level: .atLeast).ask("/images/team/python/3.13").text).text
        for expected in ["at least3all findings", "at least2minus unimportant", "at least1after VEX", "At least 1 finding is left."] {
            #expect(bounded.contains(expected), "\(expected)")
        }
        let unknown = HTMLCheck(try await FullStore(level: .unknown).ask("/").text).text
        #expect(unknown.contains("Unknown: a feed that is needed is missing") && unknown.contains("?"))
        let whole = HTMLCheck(try await FullStore(level: .complete).ask("/").text).text
        #expect(!whole.contains("At least") && !whole.contains("at least"))
        let none = HTMLCheck(try await FullStore(level: nil).ask("/").text).text
        #expect(none.contains("Not assessed") && !none.contains("0after VEX"))
    }

    @Test func `the age of every feed stands on every page`() async throws {
        let store = try FullStore()
        for path in store.pages where path != "/nowhere" {
            #expect(HTMLCheck(try await store.ask(path).text).text.contains("Debian tracker 3 d, snapshot"), "\(path)")
        }
    }

    @Test func `search finds images, packages, advisories and digests`() async throws {
        let store = try FullStore()
        func found(_ text: String) async throws -> [String] {
            let answer = try await store.ask("/search.json?q=\(HTTPText.encoded(text))").json
            return (answer?["groups"]?.array ?? []).flatMap { $0["items"]?.array ?? [] }.compactMap { $0["href"]?.string }
        }
        #expect(try await found("python 3.13") == ["/images/team/python/3.13"])
        #expect(try await found("libssl") == ["/packages/libssl3t64"])
        #expect(try await found("cve-2026-0002") == ["/cves/CVE-2026-0002"])
        #expect(try await found("sha256:" + store.index.hex.prefix(8)) == ["/images/team/python/3.13"])
        #expect(try await found("nothing of it") == [])
        #expect(try await store.ask("/?q=libssl").text.contains("/packages/libssl3t64"))
    }

    @Test func `filters choose by what was recorded`() async throws {
        let store = try FullStore()
        for (query, count) in [
            ("shell=none", 1), ("shell=some", 0), ("arch=amd64", 1), ("arch=arm64", 0), ("left=some", 1), ("eol=yes", 1),
            ("listens=yes", 1),
        ] {
            #expect(try await store.ask("/images.json?\(query)").json?["count"]?.int == count, "\(query)")
        }
    }

    @Test func `headings and landmarks are there for those who do not see the page`() async throws {
        for path in ["/", "/images/team/python", "/cves", "/packages", "/evidence", "/nowhere"] {
            let text = try await store.ask(path).text
            #expect(text.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
            #expect(text.components(separatedBy: "<h1").count == 2)
            for expected in ["<main id=\"main\"", "href=\"#main\"", "<title>", "name=\"viewport\""] { #expect(text.contains(expected)) }
            #expect(text.components(separatedBy: "<th ").count == text.components(separatedBy: "<th scope=").count)
        }
    }

    @Test(arguments: ["/", "/images/team/python", "/nowhere"]) func `pages have strict headers`(path: String) async throws {
        let headers = try await store.ask(path).headers
        #expect(headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; style-src 'self';") == true)
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.referrerPolicy] == "no-referrer")
        #expect(headers[.requestID]?.isEmpty == false)
    }

    @Test func `behind TLS commands are the secure ones, and a fixed name is used`() async throws {
        let secure = try await store.ask(.get, "/evidence", [.forwardedProto: "https"])
        #expect(!secure.text.contains("--allow-http-registry"))
        #expect(HTMLCheck(secure.text).text.contains("https://localhost/cosign.pub"))
        #expect(try await store.ask("/evidence").text.contains("--allow-http-registry"))
        let named = try await store.ask("/images/team/python", server: store.server(publicName: "images.example.org"))
        #expect(HTMLCheck(named.text).text.contains("docker pull images.example.org/team/python:3.13"))
    }

    @Test(arguments: ["", "a b", "x\"><b>", "-rf", "a;b", "$(x)", "a/b"]) func `a host name that is more than one is not used`(name: String)
    {
        #expect(!Visitor.isName(name))
    }

    @Test func `an empty catalog says what to do`() async throws {
        let scratch = try TestFolder()
        let server = try CatalogServer(
            records: RecordStore(folder: scratch.path), blobs: FileBlobStore(folder: scratch.path), settings: .init(port: 0),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let page = try await store.ask("/", server: server)
        #expect(page.status == .ok)
        #expect(page.text.contains("no images yet"))
        #expect(page.text.contains("ashlar build --all"))
        #expect(try await store.ask("/cosign.pub", server: server).status == .notFound)
    }

    @Test(arguments: [
        "/nowhere", "/images/absent", "/images/../etc/passwd", "/images/%2e%2e/x", "/assets/../x", "/assets/ashlar.css",
        "/images/team/python/3.13/nothing", "/cves/CVE-1999-0001", "/packages/absent",
    ])
    func `an unknown page is not found`(path: String) async throws {
        let page = try await store.ask(path)
        #expect(page.status == .notFound)
        #expect(page.text.contains("Not found"))
    }

    @Test func `the key, the stylesheet and health are served`() async throws {
        let key = try await store.ask("/cosign.pub")
        #expect(key.text == "-----BEGIN PUBLIC KEY-----\n")
        #expect(key.headers[.contentType] == "application/x-pem-file")
        for path in ["/keys/keyring.json", "/keys/cosign.key", "/keys/", "/keys/../cosign.pub"] {
            #expect(try await store.ask(path).status == .notFound, "\(path)")
        }
        for (file, type) in [
            (Assets.style, "text/css; charset=utf-8"), (Assets.script, "text/javascript; charset=utf-8"), (Assets.icons, "image/svg+xml"),
            (Assets.favicon, "image/svg+xml"),
        ] {
            let answer = try await store.ask(file.path)
            #expect(answer.status == .ok && answer.headers[.contentType] == type && answer.text == file.text)
            #expect(answer.headers[.cacheControl]?.contains("immutable") == true)
            #expect(try await store.ask(.get, file.path, [.ifNoneMatch: answer.headers[.eTag] ?? ""]).status == .notModified)
        }
        #expect(try await store.ask("/healthz").text == "ok\n")
        #expect(try await store.ask("/readyz").status == .ok)
        #expect(try await store.ask(.head, "/").bytes.isEmpty)
        #expect(try await store.ask(.post, "/").status == .methodNotAllowed)
        #expect(try await store.ask("/%zz").status == .badRequest)
    }
}
