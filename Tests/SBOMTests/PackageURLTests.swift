// SPDX-License-Identifier: Apache-2.0
import Base
import SBOM
import Testing

@Suite struct PackageURLTests {
    @Test(
        arguments: [
            ("pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64", "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64"),
            ("pkg:deb/debian/attr@1%3A2.4.47-2+b1?arch=amd64", "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64"),
            ("pkg:DEB/Debian/Curl@7.50.3-1?distro=jessie&Arch=i386", "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie"),
            ("pkg:deb/debian/libstdc%2B%2B6@14.2.0-19", "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19"),
            (
                "pkg:oci/debian@sha256:244fd47e?repository_url=ghcr.io/debian",
                "pkg:oci/debian@sha256%3A244fd47e?repository_url=ghcr.io%2Fdebian"
            ),
            ("pkg:npm/%40angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1"),
            ("pkg:npm/@angular/animation", "pkg:npm/%40angular/animation"),
            (
                "pkg://golang/google.golang.org/genproto@abc#googleapis/api/./annotations",
                "pkg:golang/google.golang.org/genproto@abc#googleapis/api/annotations"
            ),
            ("pkg:generic/a%20b@~1_x.y-z?k=", "pkg:generic/a%20b@~1_x.y-z"),
        ])
    func `reads a package URL and writes its one canonical text`(text: String, canonical: String) throws {
        let url = try PackageURL(text)
        #expect(url.description == canonical)
        #expect(try PackageURL(canonical) == url)
    }

    @Test(
        arguments: [
            "", "pkg:", "deb/debian/curl", "pkg:deb", "pkg:deb/", "pkg:1deb/debian/curl", "pkg:d_b/debian/curl", "pkg:deb/debian/curl?arch",
            "pkg:deb/debian/curl?arch=a&arch=b", "pkg:deb/debian/%zz", "pkg:deb/debian/%f", "pkg:deb/debian/%ff", "pkg:deb/a%2Fb/curl",
            "pkg:generic/x#a/%2e%2e/b", "pkg:generic/x?a b=1", "pkg:generic/" + String(repeating: "x", count: 5000),
        ])
    func `refuses what is not one`(text: String) {
        let error = #expect(throws: SBOMError.self) { try PackageURL(text) }
        #expect(error?.diagnosis.code == "sbom.malformed-purl")
        #expect(error?.diagnosis.remedy.isEmpty == false)
    }

    @Test func `a Debian package names its source only when scanners need it`() {
        let same = PackageURL.debian(
            "zlib1g", version: "1:1.3-1", architecture: "amd64", release: "13", source: "zlib1g", sourceVersion: "1:1.3-1")
        #expect(same.description == "pkg:deb/debian/zlib1g@1:1.3-1?arch=amd64&distro=debian-13")
        let named = PackageURL.debian(
            "libc6", version: "2.41-12", architecture: "amd64", release: "13", source: "glibc", sourceVersion: "2.41-12")
        #expect(named.description == "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc")
        let rebuilt = PackageURL.debian("attr", version: "1-2+b1", architecture: "arm64", source: "attr", sourceVersion: "1-2")
        #expect(rebuilt.description == "pkg:deb/debian/attr@1-2%2Bb1?arch=arm64&upstream=attr%401-2")
    }

    @Test func `an image is named by digest and the last part of its repository`() {
        let url = PackageURL.oci(
            "team/python", digest: "sha256:ab", repository: "registry.example/team/python", architecture: "amd64", tag: "3.13")
        #expect(url.description == "pkg:oci/python@sha256%3Aab?arch=amd64&repository_url=registry.example%2Fteam%2Fpython&tag=3.13")
    }

    @Test func `covers what says the same and more`() throws {
        let full = try PackageURL("pkg:deb/debian/curl@8-1?arch=amd64&distro=debian-13")
        #expect(try PackageURL("pkg:deb/debian/curl").covers(full))
        #expect(try PackageURL("pkg:deb/debian/curl@8-1?distro=debian-13").covers(full))
        #expect(try !PackageURL("pkg:deb/debian/curl@8-2").covers(full))
        #expect(try !PackageURL("pkg:deb/debian/curl@8-1?tag=x").covers(full))
        #expect(try !PackageURL("pkg:deb/ubuntu/curl").covers(full))
    }

    @Test func `is a text in JSON`() throws {
        let url = PackageURL.debian("a", version: "1", architecture: "all")
        #expect(try CanonicalJSON.decode(PackageURL.self, from: CanonicalJSON.encode(url)) == url)
        #expect(throws: (any Error).self) { try CanonicalJSON.decode(PackageURL.self, from: Array("\"curl\"".utf8)) }
    }
}
