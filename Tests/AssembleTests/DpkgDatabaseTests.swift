// SPDX-License-Identifier: Apache-2.0
import Artifacts
import TestKit
import Testing

@testable import Assemble

struct DpkgDatabaseTests {
    private static let sums = """
        0123456789abcdef0123456789abcdef  usr/bin/tool
        0123456789abcdef0123456789abcdef  usr/share/man/man1/tool.1
        0123456789abcdef0123456789abcdef  usr/lib/os-release

        """
    private static let tool = DebBuilder(
        "tool",
        fields: [
            "Multi-Arch: same", "Depends: left-out (>= 1), mail-server | exim, base (>= 2),\n base | other", "Pre-Depends: left-out",
        ],
        entries: [
            .file("./usr/bin/tool", "program", mode: 0o755), .file("./usr/share/man/man1/tool.1", "page"),
            .file("./etc/tool.conf", "a=1\n"),
            .file("./etc/gone.conf", "b=2\n"), .file("./usr/lib/os-release", "ID=debian\n"),
        ], controlFiles: ["md5sums": sums, "conffiles": "/etc/tool.conf\n/etc/gone.conf\n"])
    private static let base = DebBuilder("base", fields: ["Provides: mail-server (= 3)"], entries: [.directory("./usr/share/base")])

    private func bench() -> Bench {
        var bench = Bench()
        bench.recipe.steps = [.dpkgDatabase, .osRelease]
        bench.recipe.drops = [DropRule(paths: ["usr/share/man", "etc/gone.conf"], reason: "not wanted")]
        return bench
    }

    @Test func `packages are recorded as installed, without the dependencies that are left out`() async throws {
        let bench = bench()
        let image = try await bench.assemble([Self.tool, Self.base])
        let status = try #require(try bench.text("var/lib/dpkg/status", in: image))
        let records = status.split(separator: "\n\n").map { $0.split(separator: "\n").map(String.init) }
        #expect(records.count == 2)
        #expect(records[0].prefix(2) == ["Package: base", "Status: install ok installed"])
        #expect(records[1].contains("Depends: mail-server | exim, base (>= 2), base | other"))
        #expect(!status.contains("left-out"))
        #expect(!status.contains("Pre-Depends"))
        #expect(status.hasSuffix("\n\n"))
    }

    @Test func `lists and sums name what is in the image`() async throws {
        let bench = bench()
        let image = try await bench.assemble([Self.tool, Self.base])
        #expect(
            try bench.text("var/lib/dpkg/info/tool:amd64.list", in: image)
                == "/.\n/etc\n/etc/tool.conf\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/lib\n/usr/lib/os-release\n")
        // os-release is still the package's path, but not its bytes.
        #expect(
            try bench.text("var/lib/dpkg/info/tool:amd64.md5sums", in: image) == "0123456789abcdef0123456789abcdef  usr/bin/tool\n")
        #expect(try bench.text("var/lib/dpkg/info/base.list", in: image) == "/.\n/usr\n/usr/share\n/usr/share/base\n")
        #expect(try bench.text("var/lib/dpkg/info/format", in: image) == "1\n")
    }

    @Test func `configuration files are recorded with the sums of their bytes`() async throws {
        let bench = bench()
        let image = try await bench.assemble([Self.tool, Self.base])
        let status = try #require(try bench.text("var/lib/dpkg/status", in: image))
        // md5sum of "a=1\n".
        #expect(status.contains("Conffiles:\n /etc/tool.conf d5e29449b9e66d5b4bb0d6ce48fbbcb1\n"), "\(status)")
        #expect(!status.contains("gone.conf"))
    }

    @Test func `the records for scanners are emptied on top, and stay as they are in the layers of the packages`() async throws {
        let bench = bench()
        let image = try await bench.assemble([Self.tool, Self.base])
        #expect(image["var/lib/dpkg/status.d/tool"]?.size == 0)
        #expect(image["var/lib/dpkg/status.d/tool"]?.owner == "tool")
        var plain = bench
        plain.recipe.steps = [.osRelease]
        let without = try await plain.assemble([Self.tool, Self.base])
        #expect(without.platforms[0].layers[0].diffID == image.platforms[0].layers[0].diffID)
        #expect(without["var/lib/dpkg/status.d/tool"]?.size ?? 0 > 0)
    }

    @Test func `a package of which several layers take parts is recorded once, with all of them`() async throws {
        var bench = bench()
        bench.recipe.layers = [
            LayerContents(origin: "profile:low", packages: [PackageRequest(package: "tool", only: ["usr/bin"], reason: "x")]),
            LayerContents(origin: "image", packages: [PackageRequest(package: "tool", only: ["etc/tool.conf"], reason: "x")]),
        ]
        bench.recipe.steps = [.dpkgDatabase]
        let image = try await bench.assemble([Self.tool.changed { $0.layer = "profile:low" }])
        let status = try #require(try bench.text("var/lib/dpkg/status", in: image))
        #expect(status.split(separator: "\n").filter { $0.hasPrefix("Package:") } == ["Package: tool"])
        #expect(
            try bench.text("var/lib/dpkg/info/tool:amd64.list", in: image)
                == "/.\n/etc\n/etc/tool.conf\n/usr\n/usr/bin\n/usr/bin/tool\n")
        #expect(status.contains(" /etc/tool.conf "))
    }

    @Test func `it comes only where a recipe asks for it`() async throws {
        let image = try await Bench().assemble([Self.base])
        #expect(image["var/lib/dpkg/status"] == nil)
        #expect(image["var/lib/dpkg/status.d/base"] != nil)
    }
}
