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
            "Python &lt;runtime&gt;", "The language &amp; its library.", "team/python", "3.13.5", "<code>latest</code>", "linux/amd64",
            store.manifestDigest.short, "23.4 MB", "61.0 MB", "3 passed, 1 failed", "not assessed",
            "docker pull localhost/team/python:3.13", "1 image,",
        ] { #expect(page.text.contains(expected), "\(expected)") }
        #expect(!page.text.contains("<script"))
        #expect(!page.text.contains("style="))
    }

    @Test func `an image's page shows tags, layers, evidence and how to verify`() async throws {
        let page = try await store.ask("/images/team/python")
        #expect(page.status == .ok)
        for expected in [
            store.indexDigest.description, "/v2/team/python/blobs/\(store.layerDigest)", "SBOM, SPDX", "Signature", "3.13.5-r1",
            "2029-10-31",
            "cosign verify --key cosign.pub --insecure-ignore-tlog=true --allow-http-registry localhost/team/python@\(store.indexDigest)",
            "curl -fsS -o cosign.pub http://localhost/cosign.pub", "1.0 kB",
        ] { #expect(page.text.contains(expected), "\(expected)") }
    }

    @Test func `headings and landmarks are there for those who do not see the page`() async throws {
        for path in ["/", "/images/team/python", "/nowhere"] {
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
        let secure = try await store.ask(.get, "/images/team/python", [.forwardedProto: "https"])
        #expect(!secure.text.contains("--allow-http-registry"))
        #expect(secure.text.contains("https://localhost/cosign.pub"))
        let named = try await store.ask("/", server: store.server(publicName: "images.example.org"))
        #expect(named.text.contains("docker pull images.example.org/team/python:3.13"))
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

    @Test(arguments: ["/nowhere", "/images/absent", "/images/../etc/passwd", "/images/%2e%2e/x", "/assets/../x"])
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
        let style = try await store.ask("/assets/style.css")
        #expect(style.headers[.contentType] == "text/css; charset=utf-8")
        #expect(style.text.contains("color-scheme:light dark"))
        #expect(try await store.ask(.get, "/assets/style.css", [.ifNoneMatch: style.headers[.eTag] ?? ""]).status == .notModified)
        #expect(try await store.ask("/healthz").text == "ok\n")
        #expect(try await store.ask("/readyz").status == .ok)
        #expect(try await store.ask(.head, "/").bytes.isEmpty)
        #expect(try await store.ask(.post, "/").status == .methodNotAllowed)
        #expect(try await store.ask("/%zz").status == .badRequest)
    }

    @Test func `the built-in templates parse`() throws { _ = try Templates.library() }
}
