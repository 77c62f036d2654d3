// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Records
import TestKit
import Testing

@testable import Commands

/// What somebody meets who has nothing yet: no catalog, no store.
@Suite struct FirstStepsTests {
    private func settings(_ catalog: String = "catalog") throws -> Settings {
        var options = GlobalOptions()
        options.catalog = catalog
        options.store = ".ashlar"
        options.keys = ".ashlar-keys"
        return try Settings(options, environment: [:])
    }

    @Test func `a server makes the store that is not there, says so once, and takes pushes`() throws {
        let scratch = try TestFolder()
        let folder = scratch.path + "/deep/store"
        var notices: [String] = []
        let first = try ServedStore(folder) { notices.append($0) }
        #expect(notices.count == 1 && notices[0].contains(folder) && notices[0].contains("empty"))
        #expect(first.records.isWritable && first.uploads != nil)
        #expect(try first.records.latestReleases().isEmpty)
        _ = try ServedStore(folder) { notices.append($0) }
        #expect(notices.count == 1)
    }

    @Test func `where no store can be made that is the error, with the option that names another place`() throws {
        let scratch = try TestFolder()
        try scratch.file("file", [])
        let error = #expect(throws: CommandError.self) { try ServedStore(scratch.path + "/file/store") { _ in } }
        #expect(error?.diagnosis.code == "command.no-store" && error?.diagnosis.remedy.contains("--store <folder>") == true)
    }

    @Test func `init says what to type next, with recipes and without`() throws {
        let without = InitCommand.advice(try settings("recipes"), hasCatalog: false).joined(separator: "\n")
        #expect(without.contains("no recipes in recipes") && without.contains("ashlar build --all") && without.contains("ashlar serve"))
        #expect(InitCommand.advice(try settings(), hasCatalog: true).allSatisfy { $0.hasPrefix("next") })
    }

    @Test(
        arguments: [
            ("127.0.0.1", nil, false), ("::1", nil, false), ("localhost", "0.0.0.0", false), (nil, "127.0.0.1", false), (nil, nil, false),
            ("0.0.0.0", nil, true), (nil, "0.0.0.0", true), ("192.0.2.1", "127.0.0.1", true),
        ] as [(String?, String?, Bool)])
    func `plain HTTP for other machines is refused by whoever named the address`(_ option: String?, _ key: String?, _ isRefused: Bool)
        throws
    {
        var serve = ServeConfiguration()
        serve.host = key
        var options = ServerSetup.Options(isPlainHTTPAllowed: false)
        options.host = option
        guard isRefused else { return try ServerSetup.checkHost(serve, options) }
        let error = #expect(throws: CommandError.self) { try ServerSetup.checkHost(serve, options) }
        let summary = error?.diagnosis.summary ?? ""
        #expect(summary.contains(option.map { "--host \($0)" } ?? "serve.host in ashlar.yaml: 0.0.0.0"), "\(summary)")
        #expect(error?.diagnosis.remedy.contains("--plain-http-beyond-loopback") == true && error?.diagnosis.kind == .usage)
        options.isPlainHTTPAllowed = true
        try ServerSetup.checkHost(serve, options)
        options.isPlainHTTPAllowed = false
        options.certificate = "cert.pem"
        try ServerSetup.checkHost(serve, options)
    }

    @Test func `only what is missing is a fault to the doctor`() {
        #expect(DoctorLine.missing("x: y").isMissing && !DoctorLine.advice("x: y").isMissing && !DoctorLine.good("x: y").isMissing)
        let starts = [DoctorLine.good("a"), .advice("a"), .missing("a")].map { String($0.text.prefix(9)) }
        #expect(starts == ["ok       ", "advice   ", "MISSING  "])
    }
}
