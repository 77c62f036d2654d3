// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Records
import Transparency

/// The catalog as pages: rendered on the server, whole without a script, nothing from elsewhere.
struct CatalogPages: Sendable {
    private let shelf: CatalogShelf
    private let remediation: RemediationShelf
    private let hasKey: Bool
    private let log: LogFolder
    private let keys: PublicKeys
    /// Seconds.
    private let warnBefore: Int
    private let now: @Sendable () -> Timestamp
    private static let historyLimit = 1000
    /// Earlier builds whose assessments are read for one image.
    private static let historyDepth = 12
    private static let suggestions = 6

    init(
        records: RecordStore, blobs: FileBlobStore, hasKey: Bool, log: LogFolder, keys: PublicKeys,
        objectives: @escaping @Sendable () throws -> SLOPolicy = { .standard }, warnBefore: Int,
        now: @escaping @Sendable () -> Timestamp
    ) {
        shelf = CatalogShelf(records: records, blobs: blobs)
        remediation = RemediationShelf(records: records, blobs: blobs, objectives: objectives)
        self.hasKey = hasKey
        self.log = log
        self.keys = keys
        self.warnBefore = warnBefore
        self.now = now
    }

    /// What is asked for: who asks, and for what.
    struct Question {
        let visitor: Visitor
        /// Decoded.
        let path: String
        let query: String?
        let cookies: String?

        var address: String { HTTPText.encodedPath(path) + (query.map { "?" + $0 } ?? "") }
    }

    /// The page at a path, of the images that `isVisible` lets the visitor see; nil when there is none.
    func page(_ question: Question, _ isVisible: (String) -> Bool) throws -> Response? {
        let path = question.path
        if path == "/theme" { return changeTheme(question) }
        let context = try context(question, isVisible)
        let query = context.query
        switch path {
        case "/" where query["q"] != nil, "/search": return render(Search.page(query.text, context), context)
        case "/", "/images", "/images/": return render(HomePage(context: context).page, context)
        case "/search.json": return json(Search(query.text, in: context.entries).json(limit: Self.suggestions))
        case "/cves": return render(CVEPages(context: context, records: self).list, context)
        case "/remediation": return render(try RemediationPages(context, remediation).page, context)
        case "/packages": return render(PackagePages(context: context).list, context)
        case "/evidence":
            let checkpoint = try log.read("checkpoint", limit: SignedNote.limit)
            let known = PublicKeys.Document.allCases.filter { keys.read($0) != nil }
            return render(EvidencePage(context: context, checkpoint: checkpoint, keys: known).page, context)
        default: break
        }
        if let response = try table(path, context) { return response }
        if let name = path.rest(after: "/cves/") { return CVEPages(context: context, records: self).one(name).map { render($0, context) } }
        if let name = path.rest(after: "/packages/") { return PackagePages(context: context).one(name).map { render($0, context) } }
        if let rest = path.rest(after: "/images/") { return try image(rest, context) }
        return nil
    }

    func notFound(_ question: Question) -> Response {
        let text = "There is no page with this address on \(question.visitor.host). Images are at /images/ followed by their name."
        return message("Not found", text, question, status: .notFound)
    }

    func failed(_ question: Question, _ status: HTTPResponse.Status, requestID: String) -> Response {
        message(
            "No answer", "The page could not be made. The server's log has the reason under request \(requestID).", question, status: status
        )
    }

    // MARK: - Images

    private func image(_ rest: String, _ context: PageContext) throws -> Response? {
        for (name, segments) in Self.prefixes(of: rest) {
            let streams = context.entries.filter { $0.name == name }
            guard !streams.isEmpty else { continue }
            // The stream people mean when they name none speaks for the image.
            guard let stream = segments.first else {
                let entry = streams.first { $0.release.tags.contains("latest") } ?? streams[0]
                return try image(entry, "", context)
            }
            guard segments.count <= 2, let entry = streams.first(where: { $0.release.stream == stream }) else { continue }
            if let found = try image(entry, segments.count > 1 ? segments[1] : "", context) { return found }
        }
        return nil
    }

    private func image(_ entry: ImageEntry, _ rest: String, _ context: PageContext) throws -> Response? {
        let pages = ImagePages(entry: entry, context: context, documents: shelf.documents, remediation: remediation)
        if let bill = ImagePages.Bill(rawValue: rest) {
            return try pages.bill(bill).map { json($0.predicate, name: "\(entry.name)-\(entry.release.stream).\(rest)") }
        }
        for download in Grid.Download.allCases {
            if rest == "changelog." + download.rawValue { return try pages.changelog()?.grid(of: pages).response(download, context.query) }
            guard let tab = rest.before("." + download.rawValue).flatMap(ImagePages.Tab.init) else { continue }
            return try pages.grid(tab)?.response(download, context.query)
        }
        guard let tab = rest.isEmpty ? .overview : ImagePages.Tab(rawValue: rest) else { return nil }
        let page =
            switch tab {
            case .overview: try pages.overview()
            case .vulnerabilities: pages.vulnerabilities()
            case .sbom: try pages.sbom()
            case .provenance: try pages.provenance()
            case .layers: pages.layers()
            case .builds: try pages.builds()
            case .clock: try pages.clock()
            case .tests: try pages.tests()
            case .specification: pages.specification()
            }
        return render(page, context)
    }

    /// `team/python/3.13/sbom` may be the image `team/python/3.13/sbom`, the stream `sbom` of a shorter name, or a tab of its stream.
    private static func prefixes(of rest: String) -> [(name: String, rest: [String])] {
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        return (0...2).compactMap { count in
            guard parts.count > count else { return nil }
            return (parts.dropLast(count).joined(separator: "/"), Array(parts.suffix(count)))
        }
    }

    // MARK: - Tables

    private func table(_ path: String, _ context: PageContext) throws -> Response? {
        for download in Grid.Download.allCases {
            guard let stem = path.before("." + download.rawValue) else { continue }
            let cves = CVEPages(context: context, records: self)
            let grid: Grid? =
                switch stem {
                case "/images": HomePage.grid(HomePage(context: context).chosen, context)
                case "/cves": CVEPages.grid(CVEPages.gather(context.entries, context.query))
                case "/packages": PackagePages(context: context).grid
                case "/remediation": try RemediationPages(context, remediation).lineGrid
                case "/remediation-times": try RemediationPages(context, remediation).timeGrid
                default:
                    if let name = stem.rest(after: "/cves/") {
                        cves.imageGrid(name, cves.hits(of: name))
                    } else if let name = stem.rest(after: "/packages/") {
                        PackagePages(context: context).imageGrid(name)
                    } else {
                        nil
                    }
                }
            if let grid, !grid.rows.isEmpty || !stem.dropFirst().contains("/") { return grid.response(download, context.query) }
        }
        return nil
    }

    // MARK: - Answers

    private func context(_ question: Question, _ isVisible: (String) -> Bool) throws -> PageContext {
        PageContext(
            visitor: question.visitor, address: question.address, query: GridQuery(question.query), theme: theme(question.cookies),
            now: now(), entries: try shelf.entries().filter { isVisible($0.name) }, hasKey: hasKey, warnBefore: warnBefore)
    }

    private func theme(_ cookies: String?) -> PageContext.Theme? {
        (cookies ?? "").split(separator: ";").lazy.compactMap { cookie -> PageContext.Theme? in
            let parts = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            return parts.count == 2 && parts[0] == "theme" ? PageContext.Theme(rawValue: String(parts[1])) : nil
        }.first
    }

    /// Remembers the choice in a cookie and leads back; only to a page of this server.
    private func changeTheme(_ question: Question) -> Response? {
        guard let theme = HTTPText.parameter("set", in: question.query).flatMap(PageContext.Theme.init) else { return nil }
        let wanted = HTTPText.parameter("to", in: question.query) ?? "/"
        let isOurs =
            wanted.hasPrefix("/") && !wanted.hasPrefix("//") && wanted.utf8.count <= 2000
            && wanted.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }
        var headers: HTTPFields = [.location: isOurs ? wanted : "/", .cacheControl: "no-store"]
        headers[.setCookie] =
            "theme=\(theme.rawValue); Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly" + (question.visitor.isSecure ? "; Secure" : "")
        return Response(status: .seeOther, headers: headers)
    }

    private func message(_ title: String, _ text: String, _ question: Question, status: HTTPResponse.Status) -> Response {
        let context = PageContext(
            visitor: question.visitor, address: "/", query: GridQuery(nil), theme: theme(question.cookies), now: now(), entries: [],
            hasKey: hasKey)
        let page = CatalogPage(
            title: title, summary: text,
            content: [
                el("div", .class("wrap")) {
                    el("div", .class("head h-top")) {
                        el("div") {
                            el("h1", text: title)
                            el("p", .class("lead"), text: text)
                            el("p", .class("gap2")) { link(.at(), "All images") }
                        }
                    }
                }
            ])
        return render(page, context, status: status)
    }

    private func render(_ page: CatalogPage, _ context: PageContext, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
                .referrerPolicy: "no-referrer", .openerPolicy: "same-origin", .resourcePolicy: "same-origin",
                .permissionsPolicy: "camera=(), geolocation=(), microphone=(), payment=(), usb=()", .vary: "Host, Authorization, Cookie",
            ], body: .init(byteBuffer: ByteBuffer(string: Frame.html(page, context))))
    }

    /// Nothing inline, nothing from elsewhere, nothing that frames or is framed.
    static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    private func json(_ value: JSON, name: String? = nil) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-cache", .vary: "Authorization"]
        if let name {
            let plain = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-" })
            headers[.contentDisposition] = "attachment; filename=\"\(plain)\""
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: value.prettyBytes)))
    }
}

extension CatalogPages: AssessmentHistory {
    func earlier(than release: Release) -> [Release] {
        let all = ((try? shelf.records.releases(in: release.repository, limit: Self.historyLimit)) ?? []).filter {
            $0.stream == release.stream
        }
        return Array(all.drop { $0.index != release.index }.dropFirst().prefix(Self.historyDepth))
    }

    func assessment(of release: Release) -> Assessment? { try? shelf.records.assessment(of: release.index) }
}

extension ImagePages {
    /// The table that a tab shows; nil when it shows none.
    func grid(_ tab: Tab) throws -> Grid? {
        switch tab {
        case .overview: nil
        case .vulnerabilities: FindingTable.grid(entry.findings, of: entry.reference, context.query)
        case .sbom: try bill(.spdx).map { packageGrid($0.predicate) }
        case .provenance: try evidenceGrid()
        case .layers: layerGrid
        case .builds: buildGrid
        case .clock: try clockGrid(clockReport)
        case .tests: try platform.flatMap { try documents.tests(of: $0.manifest, in: entry.name) }.map(testGrid)
        case .specification: specificationGrid
        }
    }
}

extension String {
    fileprivate func rest(after prefix: String) -> String? {
        hasPrefix(prefix) && utf8.count > prefix.utf8.count ? String(dropFirst(prefix.count)) : nil
    }
    fileprivate func before(_ suffix: String) -> String? { hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil }
}
