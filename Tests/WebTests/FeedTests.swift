// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import FoundationXML
import HTTPTypes
import HummingbirdTesting
import OCI
import Records
import Testing

@testable import Web

/// Reads XML strictly, as a parser of another maker does.
private final class FeedReader: NSObject, XMLParserDelegate {
    private(set) var texts: [String: [String]] = [:]
    private(set) var elements: Set<String> = []
    private var path: [String] = []
    private var text = ""
    private(set) var fault: String?

    init(_ bytes: [UInt8]) {
        super.init()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = self
        parser.shouldProcessNamespaces = false
        if !parser.parse() { fault = parser.parserError.map { "\($0)" } ?? "it is no XML" }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        path.append(name)
        elements.insert(name)
        text = ""
        for (key, value) in attributes { texts["\(name)@\(key)", default: []].append(value) }
    }
    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        texts[path.joined(separator: "/"), default: []].append(text)
        path.removeLast()
        text = ""
    }
}

@Suite struct FeedTests {
    private static let known: Set<String> = [
        "feed", "id", "title", "updated", "author", "name", "generator", "link", "entry", "published", "category", "content",
    ]

    @Test func `the catalog and each image have a feed with stable names`() async throws {
        let store = try FullStore()
        for path in ["/feed.atom", "/images/team/python/feed.atom"] {
            let answer = try await store.ask(path)
            #expect(answer.status == .ok && answer.headers[.contentType] == "application/atom+xml; charset=utf-8")
            let feed = FeedReader(answer.bytes)
            #expect(feed.fault == nil && feed.elements.isSubset(of: Self.known))
            #expect(feed.texts["feed/entry/id"]?.count == 1 && feed.texts["feed/entry/id"]?.first?.hasPrefix("urn:uuid:") == true)
            #expect(feed.texts["feed/updated"] == feed.texts["feed/entry/updated"])
            #expect(feed.texts["feed/entry/title"]?.first?.contains("team/python:3.13 3.13.5 was published") == true)
            let again = FeedReader(try await store.ask(path).bytes)
            #expect(again.texts["feed/id"] == feed.texts["feed/id"] && again.texts["feed/entry/id"] == feed.texts["feed/entry/id"])
            let tag = try #require(answer.headers[.eTag])
            #expect(try await store.ask(path, [.ifNoneMatch: tag]).status == .notModified)
        }
        #expect(try await store.ask("/images/absent/feed.atom").status == .notFound)
    }

    @Test func `what happens is in the feed, newest first, and its tag changes`() async throws {
        let store = try FullStore()
        let before = try await store.ask("/feed.atom").headers[.eTag]
        try store.records.append(.buildFailed("team/python:3.13", reason: "the contract failed", at: FullStore.now))
        let answer = try await store.ask("/feed.atom")
        #expect(answer.headers[.eTag] != before)
        let feed = FeedReader(answer.bytes)
        #expect(feed.texts["category@term"] == ["build.failed", "release.published"])
        for number in 0..<120 { try store.records.append(.feedStale("f\(number)", reason: "r", at: FullStore.now)) }
        #expect(FeedReader(try await store.ask("/feed.atom").bytes).texts["feed/entry/id"]?.count == 50)
        // An image's feed is about the image.
        #expect(FeedReader(try await store.ask("/images/team/python/feed.atom").bytes).texts["feed/entry/id"]?.count == 2)
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "]]><x/>", "&lt;&#0;&amp;\"'", "\u{1}\u{FFFF}\u{202E}x",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;",
    ])
    func `hostile texts stay texts`(text: String) async throws {
        let store = try FullStore(tail: text)
        try store.records.append(.gateRefused("team/python:3.13", reasons: [text], at: FullStore.now))
        let answer = try await store.ask("/images/team/python/feed.atom")
        let feed = FeedReader(answer.bytes)
        #expect(feed.fault == nil && feed.elements.isSubset(of: Self.known), "\(feed.fault ?? "")")
        #expect(!answer.text.unicodeScalars.contains { $0.value == 1 || $0.value == 0x202E || $0.value == 0xFFFF })
    }

    @Test func `bots find builds with their digests, times and whether to leave them`() async throws {
        let store = try FullStore()
        for path in ["/renovate/team/python.json", "/renovate/team/python/3.13.json"] {
            let answer = try await store.ask(path)
            #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
            let json = try #require(try? JSON.parse(answer.bytes))
            let release = try #require(json["releases"]?[0])
            #expect(release["version"]?.string == "3.13.5-r1" && release["digest"]?.string == store.index.description)
            #expect(release["releaseTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) } != nil)
            #expect(release["changelogUrl"]?.string?.hasSuffix("/images/team/python/3.13/builds") == true)
            #expect(release["isDeprecated"]?.bool == false && json["tags"]?["latest"]?.string == "3.13.5-r1")
        }
        try store.records.withdraw([
            .init(digest: store.index, state: .revoked, reason: "r", replacement: nil, since: FullStore.now)
        ])
        let json = try JSON.parse(try await store.ask("/renovate/team/python.json").bytes)
        #expect(json["releases"]?[0]?["isDeprecated"]?.bool == true)
        for path in ["/renovate/absent.json", "/renovate/team/python/9.json", "/renovate/.json", "/renovate/../x.json"] {
            #expect(try await store.ask(path).status == .notFound)
        }
    }

    @Test func `pages name their feeds`() async throws {
        let store = try FullStore()
        let home = try await store.ask("/").text
        #expect(home.contains("rel=\"alternate\" type=\"application/atom+xml\"") && home.contains("href=\"/feed.atom\""))
        #expect(try await store.ask("/images/team/python/3.13").text.contains("href=\"/images/team/python/feed.atom\""))
    }

    @Test func `what nobody may pull stands in no feed and no list`() async throws {
        let guarded = try GuardedStore()
        let server = try guarded.server(anonymous: ["elsewhere/**:pull"])
        let feed = try await guarded.store.ask("/feed.atom", server: server)
        #expect(feed.status == .ok && !feed.text.contains(SyntheticStore.name))
        for path in ["/images/\(SyntheticStore.name)/feed.atom", "/renovate/\(SyntheticStore.name).json"] {
            let answer = try await guarded.store.ask(path, server: server)
            #expect(answer.status != .ok && !answer.text.contains("3.13.5"))
        }
        try guarded.add("ops", ["**:pull"])
        let closed = try guarded.server()
        #expect(try await guarded.store.ask("/feed.atom", server: closed).status == .unauthorized)
    }
}
