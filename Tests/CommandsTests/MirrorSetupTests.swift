// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Pipeline
import Publish
import TestKit
import Testing
import Transport

@testable import Commands

@Suite struct MirrorSetupTests {
    private func logins(_ text: String, mode: Int = 0o600) throws -> RegistryLogins {
        let folder = try TestFolder()
        let file = try folder.file("config.json", Array(text.utf8))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return try withExtendedLifetime(folder) { try RegistryLogins(file: file) }
    }

    private func upstream(_ address: String) throws -> Upstream {
        var configuration = ServeConfiguration.Mirror()
        configuration.prefix = "hub"
        configuration.upstream = address
        configuration.allow = ["library/*"]
        return try Upstream(configuration)
    }

    private func login(_ credentials: RegistryCredentials) -> String {
        switch credentials {
        case .basic(let user, let password): "\(user) \(password)"
        case .bearer(let token): "bearer \(token)"
        }
    }

    @Test func `logins are read as docker and podman write them`() throws {
        let file = try logins(
            """
            {"auths":{"https://index.docker.io/v1/":{"auth":"YWRhOnBhOnNz"},"quay.example:8443":{"username":"bob","password":"x"},
            "token.example":{"registrytoken":"abc"},"broken.example":{"auth":"bm9jb2xvbg=="},"empty.example":{}}}
            """)
        #expect(login(try file.credentials(for: "hub.docker.io")) == "ada pa:ss")
        #expect(login(try file.credentials(for: "quay.example:8443")) == "bob x")
        #expect(login(try file.credentials(for: "token.example")) == "bearer abc")
        for host in ["quay.example", "broken.example", "empty.example", "other.example"] {
            #expect(throws: CommandError.self, "\(host)") { _ = try file.credentials(for: host) }
        }
    }

    @Test func `a file that others may read, or that is none, is refused without its content`() throws {
        let text = #"{"auths":{"r.example":{"auth":"c2VjcmV0OnNlY3JldA=="}}}"#
        #expect(throws: CommandError.self) { _ = try logins(text, mode: 0o644) }
        _ = try logins(text, mode: 0o640)
        for text in ["", "secret", #"{"credsStore":"secretservice"}"#] {
            let error = #expect(throws: CommandError.self) { _ = try logins(text) }
            #expect(error?.diagnosis.rendered.contains("secret") == false)
        }
    }

    @Test func `an address is taken apart, and the way out is confined to it`() throws {
        let upstream = try upstream("https://Registry.Example:8443/team/images/")
        #expect(upstream.host == "registry.example:8443")
        let rules = try upstream.rules
        #expect(rules.path == "team/images" && rules.quarantine == 0 && rules.freshness == 600)
        #expect(rules.isAllowed("library/alpine") && !rules.isAllowed("library/a/b") && !rules.isAllowed("alpine"))
        let settings = try upstream.transport(TransportSettings())
        #expect(settings.confinement?.refusal(of: try WebAddress("https://10.0.0.1/")) != nil)
        #expect(settings.confinement?.refusal(of: try WebAddress("https://registry.example:8443/")) == nil)
        #expect(try self.upstream("http://127.0.0.1:5000").scheme == .http)
    }
}
