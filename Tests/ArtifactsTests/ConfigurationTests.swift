// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Artifacts

@Suite struct ConfigurationTests {
    private func serve(_ text: String) throws -> ServeConfiguration { try ConfigurationFile(text, file: "ashlar.yaml").serve() }

    @Test func `the block of the server is read, and the rest left as it is`() throws {
        let text = """
            catalog: catalog  # text
            serve:
              host: 0.0.0.0
              port: 443
              public-name: registry.example
              tls: {certificate: /tls/cert.pem, key: /tls/key.pem}
              anonymous: ["public/**:pull"]
              # a comment
              oidc:
                - issuer: https://issuer.example
                  audience: registry.example
                  keys: keys.json
                  rules:
                    - claims: {sub: "repo:team/*", "kubernetes.io/namespace": ci}
                      grants: ["team/**:pull,push"]
              proxies: [10.0.0.0/8, "::1"]
              limits: {connections: 100, anonymous-requests-per-second: 5}
              audit: {folder: /var/log/ashlar, megabytes: 1, files: 2}
              mirrors:
                - prefix: docker.io
                  upstream: https://hub.example
                  allow: [library/*, "bitnami/**", "*/tools"]
                  credentials: /run/secrets/config.json
                  quarantine: 7d
                  fresh: 30m
                  offline: true
                  ca: /etc/ca.pem
                  blob-gigabytes: 2
                - {prefix: local, upstream: "http://127.0.0.1:5000/team", allow: ["**"]}
              metrics: administrators
              log: {format: json, level: info}
            store: .ashlar
            """
        let file = ConfigurationFile(text, file: "ashlar.yaml")
        #expect(file.plain.split(separator: "\n") == ["catalog: catalog  # text", "store: .ashlar"])
        #expect(file.plain.split(separator: "\n", omittingEmptySubsequences: false).count == text.split(separator: "\n").count)
        let serve = try file.serve()
        #expect(serve.host == "0.0.0.0" && serve.port == 443 && serve.publicName == "registry.example")
        #expect(serve.tls?.certificate == "/tls/cert.pem" && serve.tls?.key == "/tls/key.pem")
        #expect(serve.anonymous == ["public/**:pull"])
        #expect(serve.oidc.first?.rules.first?.claims == ["sub": "repo:team/*", "kubernetes.io/namespace": "ci"])
        #expect(serve.proxies == ["10.0.0.0/8", "::1"])
        #expect(serve.limits.connections == 100 && serve.limits.anonymousRequestsPerSecond == 5)
        #expect(serve.audit.folder == "/var/log/ashlar" && serve.audit.files == 2)
        let mirror = try #require(serve.mirrors.first)
        #expect(mirror.prefix == "docker.io" && mirror.upstream == "https://hub.example" && mirror.allow.count == 3)
        #expect(mirror.credentials == "/run/secrets/config.json" && mirror.quarantine == "7d" && mirror.fresh == "30m")
        #expect(mirror.isOffline && mirror.authorities == "/etc/ca.pem" && mirror.blobGigabytes == 2)
        #expect(serve.mirrors.last?.allow == ["**"] && serve.mirrors.last?.isOffline == false)
        #expect(serve.metrics == "administrators" && serve.log.level == "info")
    }

    @Test(arguments: ["", "catalog: x\n", "serve:\n", "serve: {}\n", "serve:\nstore: x\n", "# serve:\n"])
    func `what is left out has its defaults`(text: String) throws {
        let serve = try serve(text)
        #expect(serve.host == nil && serve.anonymous == nil && serve.oidc.isEmpty && serve.tokenMinutes == 5)
        #expect(serve.audit.enabled && serve.limits.failedLoginsPerMinute == 10)
    }

    @Test(arguments: [
        ("serve:\n  hots: x", "ashlar.yaml:2:3", "write host"), ("serve:\n  port: \"443\"", "ashlar.yaml:2:9", "443"),
        ("serve:\n  anonymous: [\"**:read\"]", "ashlar.yaml:2:15", "rights such as"), ("serve: 1", "ashlar.yaml:1:8", "a map"),
        ("a: b\nserve:\n  tls: {certificate: x}", "ashlar.yaml:3:8", "key"),
        ("serve:\n  metrics: anybody", "ashlar.yaml:2:12", "everybody"),
        ("serve:\n  oidc: [{issuer: \"http://issuer.example\", audience: a, rules: []}]", "ashlar.yaml:2:19", "https"),
        (
            "serve:\n  oidc: [{issuer: \"https://i\", audience: a, rules: [{claims: {}, grants: []}]}]", "ashlar.yaml:2:",
            "at least one claim"
        ),
        ("serve:\n  oidc: [{issuer: \"https://i\", audience: a, keys: \"http://keys.example\", rules: []}]", "ashlar.yaml:2:", "https"),
        (
            "serve:\n  mirrors: [{prefix: hub, upstream: \"http://registry.example\", allow: [a]}]", "ashlar.yaml:2:37",
            "https://registry.example"
        ),
        ("serve:\n  mirrors: [{prefix: hub, upstream: \"https://u:p@r.example\", allow: [a]}]", "ashlar.yaml:2:37", "without user"),
        ("serve:\n  mirrors: [{prefix: Hub, upstream: \"https://r.example\", allow: [a]}]", "ashlar.yaml:2:22", "docker.io"),
        ("serve:\n  mirrors: [{prefix: hub, upstream: \"https://r.example\"}]", "ashlar.yaml:2:", "allow"),
        ("serve:\n  mirrors: [{prefix: hub, upstream: \"https://r.example\", allow: []}]", "ashlar.yaml:2:", "allow"),
        ("serve:\n  mirrors: [{prefix: hub, upstream: \"https://r.example\", allow: [A]}]", "ashlar.yaml:2:66", "library/*"),
        (
            "serve:\n  mirrors: [{prefix: hub, upstream: \"https://r.example\", allow: [a], quarantine: week}]", "ashlar.yaml:2:82",
            "7d"
        ),
        (
            "serve:\n  mirrors:\n    - {prefix: hub, upstream: \"https://r.example\", allow: [a]}\n"
                + "    - {prefix: hub, upstream: \"https://s.example\", allow: [a]}", "ashlar.yaml:4:", "hub"
        ),
        ("serve:\n  mirrors: [{prefix: hub, upsteam: x}]", "ashlar.yaml:2:27", "upstream"),
        ("serve:\n  proxies: [proxy.example]", "ashlar.yaml:2:13", "network"), ("serve:\n  &a host: x", "ashlar.yaml:2:3", "plain text"),
    ])
    func `a mistake is told with its place and what would be right`(text: String, place: String, what: String) {
        let error = #expect(throws: Diagnoses.self) { try serve(text) }
        let told = error?.diagnosis.rendered ?? ""
        #expect(told.contains(place), "\(told)")
        #expect(told.contains(what), "\(told)")
    }

    @Test func `every key is explained in the manual`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let manual = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        var keys: [String] = []
        for (_, definition) in ServeShape.serve.shape.schema.definitions { keys += (definition["properties"]?.object ?? [:]).keys }
        #expect(keys.count > 30)
        for key in keys { #expect(manual.contains("`\(key)`"), "docs/configuration.md lacks \(key)") }
    }
}
