// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Transport

@Suite struct MirrorTests {
    private func discover(_ files: [String: String], environment: [String: String] = [:], configured: String? = nil) throws -> Mirror {
        try Mirror.discover(
            environment: environment, configured: configured, readFile: { files[$0].map { Array($0.utf8) } },
            listFolder: { folder in files.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) } })
    }

    @Test(arguments: [
        ("http://host", "http://host/debian", "http://host/debian-security"),
        ("http://host/", "http://host/debian", "http://host/debian-security"),
        ("https://host/debian", "https://host/debian", "https://host/debian-security"),
        ("https://host:81/m/", "https://host:81/m/debian", "https://host:81/m/debian-security"),
        ("debian=http://a/x,debian-security=http://b/y/", "http://a/x", "http://b/y"),
        ("debian-security=http://b/y, http://a", "http://a/debian", "http://b/y"),
        ("trixie=http://a/x, trixie-security=http://b/y", "http://a/x", "http://b/y"),
        ("trixie=http://a/x,http://c", "http://a/x", "http://c/debian-security"),
        ("debian=http://a,trixie=http://b,debian-security=http://c", "http://b", "http://c"),
        ("file:///srv/m", "file:///srv/m/debian", "file:///srv/m/debian-security"),
        ("http://u:p@host", "http://u:p@host/debian", "http://u:p@host/debian-security"),
    ])
    func `a setting gives both bases`(_ setting: String, _ debian: String, _ security: String) throws {
        let mirror = try Mirror(setting: setting, origin: "ASHLAR_MIRROR")
        #expect(try mirror.url(suite: "trixie", base: "debian", path: "dists/x") == debian + "/dists/x")
        #expect(try mirror.url(suite: "trixie-security", base: "debian-security", path: "dists/x") == security + "/dists/x")
        #expect(!mirror.shown.joined().contains("p@"))
    }

    @Test(arguments: ["", ",", "host", "http://a,http://b", "debian=nothing", "http://host/?x", "ftp://host"])
    func `an unusable setting is refused`(_ setting: String) {
        #expect(throws: TransportError.self) { try Mirror(setting: setting, origin: "x") }
    }

    @Test func `the environment wins over the file, and the file over apt`() throws {
        let files = ["/etc/apt/sources.list": "deb http://apt/debian trixie main"]
        #expect(try discover(files, environment: ["ASHLAR_MIRROR": "http://env"], configured: "http://file").shown == ["*=http://env/"])
        #expect(try discover(files, configured: "http://file").shown == ["*=http://file/"])
        #expect(try discover(files).shown == ["debian=http://apt/debian"])
        #expect(try discover(files).origin == "/etc/apt/sources.list")
    }

    @Test func `one-line sources`() throws {
        let mirror = try discover([
            "/etc/apt/sources.list": """
            # deb http://comment/debian trixie main
            deb cdrom:[Debian 13]/ trixie main
            deb-src http://source/debian trixie main
            deb http://vendor.example/apt trixie main
            deb http://flat.example/debian ./
              deb [ signed-by=/k.gpg arch=amd64 ]  http://one/debian/ trixie main # trailing
            deb http://two/debian trixie main
            deb http://sec/debian-security trixie-security main
            """
        ])
        #expect(mirror.shown == ["debian=http://one/debian", "debian-security=http://sec/debian-security"])
    }

    @Test func `deb822 sources`() throws {
        let mirror = try discover([
            "/etc/apt/sources.list.d/a.sources": """
            Types: deb
            URIs: http://off/debian
            Suites: trixie
            Enabled: no

            # a comment
            Types: deb-src
            URIs: http://source/debian
            Suites: trixie

            types: deb deb-src
            URIs: tor+https://onion/debian
              http://one/debian
            Suites: trixie
             trixie-updates
            Components: main
            Signed-By:
             -----BEGIN PGP PUBLIC KEY BLOCK-----
             .
             Types: deb
             -----END PGP PUBLIC KEY BLOCK-----

            Types: deb
            URIs: https://one/debian-security/
            Suites: stable/updates
            """, "/etc/apt/sources.list.d/b.list": "deb http://later/debian trixie main",
        ])
        #expect(mirror.shown == ["debian=http://one/debian", "debian-security=https://one/debian-security"])
        #expect(mirror.origin == "/etc/apt/sources.list.d/a.sources")
    }

    @Test func `a list of mirrors stands for its first address, or for nothing`() throws {
        let files = [
            "/etc/apt/sources.list":
                "deb mirror+file:/etc/apt/mirrors/debian.list trixie main\ndeb mirror+file:/none trixie main\ndeb mirror+http://x/debian trixie main",
            "/etc/apt/mirrors/debian.list": "# first\nftp://x/debian\nhttps://one/debian\tpriority:1\n",
        ]
        #expect(try discover(files).shown == ["debian=https://one/debian"])
    }

    @Test(arguments: [
        ("deb http://archive.example/ubuntu noble main", "Ubuntu"), ("", "no apt sources"),
        ("deb http://vendor.example/apt stable main", "no Debian archive"),
        ("deb http://one/debian noble main", "no Debian archive"),
    ])
    func `without a Debian archive the error says what was found and what to set`(_ list: String, _ reason: String) {
        let found = #expect(throws: TransportError.self) { try discover(["/etc/apt/sources.list": list]) }
        #expect(found?.diagnosis.summary.contains(reason) == true)
        #expect(found?.diagnosis.remedy.contains("ASHLAR_MIRROR") == true)
    }

    @Test(arguments: ["../x", "a/../x", "/x", "", "a/./b"])
    func `a path that leaves the archive is refused`(_ path: String) throws {
        let mirror = try Mirror(setting: "http://host", origin: "x")
        #expect(throws: TransportError.self) { try mirror.url(suite: "trixie", base: "debian", path: path) }
    }

    @Test func `names of packages are encoded where they must be`() throws {
        let mirror = try Mirror(setting: "http://host", origin: "x")
        #expect(
            try mirror.url(suite: "trixie", base: "debian", path: "pool/g++_1:2~rc+b1 ?#.deb")
                == "http://host/debian/pool/g++_1:2~rc+b1%20%3F%23.deb")
    }

    @Test func `a base that apt does not name is told`() throws {
        let mirror = try discover(["/etc/apt/sources.list": "deb http://one/debian trixie main"])
        let found = #expect(throws: TransportError.self) { try mirror.url(suite: "trixie", base: "debian-security", path: "x") }
        #expect(found?.diagnosis.summary.contains("debian-security") == true)
        #expect(found?.diagnosis.summary.contains("suite trixie") == true)
    }
}
