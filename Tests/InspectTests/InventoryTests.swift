// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Ecosystems
import Inspect
import SBOM
import Testing

@Suite struct InventoryTests {
    private static let status = "Package: tool\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n"
    private static let metadata = "Name: yaml\nVersion: 6.0\n"

    private func system() throws -> ForeignInventory {
        var subject = ForeignSubject(reference: "test")
        subject.user = "0:0"
        return try TarMaker.inventory(
            [
                [
                    .file("var/lib/dpkg/status", Self.status), .file("usr/lib/os-release", "ID=debian\nVERSION_ID=13\n"),
                    .link("etc/os-release", "../usr/lib/os-release"), .link("bin", "usr/bin"),
                    .file("var/lib/dpkg/info/tool:amd64.list", "/.\n/bin/tool\n/usr/lib/python3/dist-packages/yaml.dist-info/METADATA\n"),
                    .file("usr/bin/tool", "#!/bin/sh\n", mode: 0o4755), .file("usr/bin/bash", "#!x", mode: 0o755),
                    .link("usr/bin/sh", "bash"), .link("usr/bin/zsh", "nowhere"), .file("usr/bin/apt-get", "#!x", mode: 0o755),
                    .file("usr/bin/curl", "text", mode: 0o644), .file("open", mode: 0o666),
                    .file("usr/lib/python3/dist-packages/yaml.dist-info/METADATA", Self.metadata),
                    .file("etc/passwd", "root:x:0:0::/root:/bin/bash\nweb:x:33:33::/:/usr/sbin/nologin\nbad\n"),
                ]
            ], subject: subject, ports: ["80/tcp"])
    }

    @Test func `packages come with their URL, place and owner`() throws {
        let found = try system()
        #expect(found.packages.map(\.name) == ["tool", "yaml"])
        #expect(found.packages[0].purl?.description == "pkg:deb/debian/tool@1?arch=amd64&distro=debian-13")
        #expect(found.packages[1].owner == "tool")
        #expect(found.packages[1].path == "usr/lib/python3/dist-packages/yaml.dist-info/METADATA")
        #expect(found.files.first { $0.path == "usr/bin/tool" }?.owner == "tool", "a path through a link of the old place of bin")
        #expect(found.files.first { $0.path == "usr/bin/bash" }?.owner == nil)
    }

    @Test func `the attack surface is what can be started, and what is open`() throws {
        let surface = try system().surface
        #expect(surface.shells == ["usr/bin/bash", "usr/bin/sh"], "a link to nothing is no shell")
        #expect(surface.packageManagers == ["usr/bin/apt-get"])
        #expect(surface.tools.isEmpty, "what cannot be executed is no tool")
        #expect(surface.setuid == ["usr/bin/tool"])
        #expect(surface.binaries == ["usr/bin/apt-get", "usr/bin/bash", "usr/bin/tool"])
        #expect(surface.worldWritable == ["open"])
        #expect(surface.ports == ["80/tcp"])
        #expect(surface.users.map(\.name) == ["root", "web"])
        #expect(surface.users.filter(\.canLogIn).map(\.name) == ["root"])
        #expect(surface.runsAsRoot)
    }

    @Test(arguments: [(nil, true), ("", true), ("root", true), ("0", true), ("00:5", true), ("65532", false), ("nonroot", false)])
    func `who runs as root is known`(user: String?, expected: Bool) throws {
        var subject = ForeignSubject(reference: "test")
        subject.user = user
        #expect(try TarMaker.inventory([[]], subject: subject).surface.runsAsRoot == expected)
    }

    @Test func `a package goes with the file that tells of it`() throws {
        let layers: [[TarMaker.Entry]] = [
            [.file("site/a.dist-info/METADATA", Self.metadata)], [.file("site/.wh.a.dist-info", "")],
        ]
        #expect(try TarMaker.inventory(layers).packages.isEmpty)
    }

    @Test func `a damaged file is told, and is not an empty one`() throws {
        let found = try TarMaker.inventory([
            [.file("var/lib/rpm/rpmdb.sqlite", "junk"), .file("var/lib/rpm/Packages", "junk"), .file("a.jar", "junk")]
        ])
        #expect(found.packages.isEmpty)
        #expect(found.unread.map(\.path) == ["a.jar", "var/lib/rpm/Packages", "var/lib/rpm/rpmdb.sqlite"])
    }

    @Test func `a Java archive without a group is told as not read, unless a system package owns it`() {
        var inventory = ForeignInventory(subject: ForeignSubject(reference: "test"))
        func package(_ ecosystem: PackageType, _ name: String, group: String? = nil, owner: String? = nil) -> ForeignPackage {
            ForeignPackage(FoundPackage(ecosystem, name, "1.0", group: group), on: nil, path: "opt/\(name).jar", layer: 2, owner: owner)
        }
        inventory.packages = [
            package(.deb, "libowned-java"), package(.maven, "named", group: "org.example"), package(.maven, "nameless"),
            package(.maven, "owned", owner: "libowned-java"),
        ]
        let found = inventory.components
        #expect(found.components.map(\.name) == ["libowned-java", "org.example:named"])
        #expect(found.unread?.map { "\($0.layer) \($0.path)" } == ["2 opt/nameless.jar"])
        #expect(found.unread?.first?.reason.contains("of which group") == true)
    }

    @Test func `a secret that a later layer hides is still one`() throws {
        let token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"
        let layers: [[TarMaker.Entry]] = [[.file("token", token), .file("kept", token)], [.file(".wh.token", "")]]
        let found = try TarMaker.inventory(layers)
        #expect(found.secrets.map(\.path) == ["kept", "token"])
        #expect(found.secrets.map(\.isHidden) == [false, true])
        #expect(found.secrets.allSatisfy { $0.kinds == ["github-token"] })
        #expect(!String(decoding: try CanonicalJSON.value(of: found).canonicalBytes, as: UTF8.self).contains("ghp_"))
    }

    @Test func `an inventory is written and read again as the same`() throws {
        let found = try system()
        let bytes = try CanonicalJSON.encode(found)
        #expect(try CanonicalJSON.decode(ForeignInventory.self, from: bytes, limit: 1 << 24) == found)
    }

    @Test func `a comparison counts what goes and comes, and says that nobody assessed`() throws {
        let small = try TarMaker.inventory([
            [.file("usr/bin/app", "#!x", mode: 0o755), .file("site/a.dist-info/METADATA", "Name: yaml\nVersion: 7\n")]
        ])
        let comparison = Comparison(from: try system(), to: small)
        #expect(comparison.packages.removed.map(\.name) == ["tool"])
        #expect(comparison.packages.changed.map { "\($0.name) \($0.from) \($0.to)" } == [#"yaml ["6.0"] ["7"]"#])
        #expect(comparison.surface["shells"]?.removed == ["usr/bin/bash", "usr/bin/sh"])
        #expect(comparison.surface["binaries"]?.added == ["usr/bin/app"])
        #expect(comparison[measure: "packages"].map { [$0.from, $0.to] } == [2, 1])
        #expect(comparison[measure: "packages"]?.reduction == 500)
        #expect(comparison[measure: "packedSize"] == nil, "layers without digests are those of a folder")
        #expect(comparison.findings == nil)
        let files = comparison.files
        #expect(files.removed + files.changed + files.unchanged == (try system().files.count))
    }

    @Test func `an image compared with itself is the same`() throws {
        let comparison = Comparison(from: try system(), to: try system())
        #expect(comparison.packages.removed.isEmpty && comparison.packages.added.isEmpty && comparison.packages.changed.isEmpty)
        #expect(comparison.surface.values.allSatisfy { $0.removed.isEmpty && $0.added.isEmpty })
        #expect(comparison.measures.allSatisfy { $0.from == $0.to })
    }
}
