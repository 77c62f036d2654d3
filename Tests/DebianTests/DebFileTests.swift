// SPDX-License-Identifier: Apache-2.0
import Archive
import Debian
import TestKit
import Testing

@Suite struct DebFileTests {
    static let package = VirtualPackage(
        "nginx", "1.26.3-3", ["Depends": "libc6 (>= 2.41)"],
        files: [.directory("usr"), .file("usr/hello", "hello"), .link("usr/link", to: "hello")],
        controlFiles: [
            "postinst": "#!/bin/sh\nexit 0\n", "triggers": "activate-noawait ldconfig\n", "conffiles": "/etc/a\nremove-on-upgrade /etc/b\n",
        ])

    @Test func `control data, scripts, sums and the place of the data`() throws {
        let bytes = try Self.package.deb()
        let deb = try DebFile(bytes)
        #expect((deb.name, deb.version.description, deb.architecture) == ("nginx", "1.26.3-3", "amd64"))
        #expect(deb.controlText == Self.package.control)
        #expect(deb.control["depends"] == "libc6 (>= 2.41)")
        #expect(deb.scripts.map(\.name) == ["postinst", "triggers"])
        #expect(deb.scripts[0].text == "#!/bin/sh\nexit 0\n")
        #expect(deb.md5sums.map(\.path) == ["usr/hello"])
        #expect(deb.conffiles == ["/etc/a", "/etc/b"])
        #expect(deb.controlFiles == ["conffiles", "control", "md5sums", "postinst", "triggers"])
        #expect(deb.dataName == "data.tar")
        #expect(try TarReader.entries(of: Array(bytes[deb.data])).map(\.path) == ["usr", "usr/hello", "usr/link"])
    }

    @Test func `a cut file is refused wherever it is cut`() throws {
        let bytes = try Self.package.deb()
        for length in stride(from: 0, to: bytes.count, by: 7) { #expect(throws: DebianError.self) { try DebFile(Array(bytes[..<length])) } }
    }

    @Test func `a large control part is refused`() throws {
        let bytes = try Self.package.deb()
        #expect(throws: DebianError.self) { try DebFile(bytes, controlLimit: 600) }
    }

    @Test(arguments: [
        ("debian-binary", "debian-bimary"), ("2.0\n", "3.0\n"), ("control.tar.gz", "kontrol.tar.gz"), ("data.tar ", "date.tar "),
    ])
    func `other members are refused`(old: String, new: String) throws {
        var bytes = try Self.package.deb()
        let place = try #require(bytes.firstRange(of: Array(old.utf8)))
        bytes.replaceSubrange(place, with: Array(new.utf8))
        #expect(throws: DebianError.self) { try DebFile(bytes) }
    }

    @Test(arguments: ["Package: a/b\n", "Package: nginx\n", "Version: 1\n"]) func `unusable control data is refused`(control: String) throws
    {
        var package = VirtualPackage("x")
        package.controlFiles["control"] = control
        package.controlFiles["md5sums"] = "not a sum\n"
        #expect(throws: DebianError.self) { try DebFile(try package.deb()) }
    }
}
