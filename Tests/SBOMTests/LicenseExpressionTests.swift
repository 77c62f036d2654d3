// SPDX-License-Identifier: Apache-2.0
import Base
import SBOM
import Testing

@Suite struct LicenseExpressionTests {
    @Test(
        arguments: [
            ("MIT", "MIT"), ("(MIT)", "MIT"), ("MIT AND Zlib AND MIT", "MIT AND Zlib"), ("MIT or Zlib and ISC", "MIT OR (Zlib AND ISC)"),
            ("(MIT OR Zlib) AND ISC", "(MIT OR Zlib) AND ISC"), ("(MIT AND (Zlib AND ISC))", "MIT AND Zlib AND ISC"),
            ("GPL-3.0-or-later WITH Bison-exception-2.2 OR MIT", "GPL-3.0-or-later WITH Bison-exception-2.2 OR MIT"),
            ("DocumentRef-a:LicenseRef-b AND Apache-1.1+", "DocumentRef-a:LicenseRef-b AND Apache-1.1+"),
        ])
    func `reads and writes expressions`(text: String, canonical: String) throws {
        let expression = try LicenseExpression(text)
        #expect(expression.description == canonical)
        #expect(try LicenseExpression(canonical) == expression)
        #expect(try CanonicalJSON.decode(LicenseExpression.self, from: CanonicalJSON.encode(expression)) == expression)
    }

    @Test(
        arguments: [
            "", "AND", "MIT AND", "MIT Zlib", "(MIT", "MIT)", "()", "MIT WITH", "MIT AND OR Zlib", "MI_T", "MIT/X11", "MIT, Zlib",
            String(repeating: "(", count: 40) + "MIT" + String(repeating: ")", count: 40), String(repeating: "A", count: 70_000),
        ])
    func `refuses what is not one`(text: String) {
        let error = #expect(throws: SBOMError.self) { try LicenseExpression(text) }
        #expect(error?.diagnosis.code == "sbom.malformed-license")
    }

    @Test func `names every identifier once`() throws {
        let expression = try LicenseExpression("MIT AND (GPL-2.0-only WITH Libtool-exception OR MIT)")
        #expect(expression.identifiers == ["MIT", "GPL-2.0-only", "Libtool-exception"])
    }

    @Test func `the list has today's identifiers and no deprecated ones`() {
        #expect(SPDXLicenseList.license("apache-2.0") == "Apache-2.0")
        #expect(SPDXLicenseList.license("GPL-2.0-or-later") == "GPL-2.0-or-later")
        #expect(SPDXLicenseList.exception("classpath-EXCEPTION-2.0") == "Classpath-exception-2.0")
        for deprecated in ["GPL-2.0", "GPL-2.0+", "LGPL-2.1", "AGPL-3.0", "Classpath-exception-2.0", "nonsense", ""] {
            #expect(SPDXLicenseList.license(deprecated) == nil)
        }
    }
}

@Suite struct DebianLicenseTests {
    @Test(
        arguments: [
            ("Expat", "MIT"), ("GPL-2+", "GPL-2.0-or-later"), ("GPL-2", "GPL-2.0-only"), ("GPL-2.0+", "GPL-2.0-or-later"),
            ("GPLv3", "GPL-3.0-only"), ("GPL-3.0-or-later", "GPL-3.0-or-later"), ("LGPL-2.1+", "LGPL-2.1-or-later"),
            ("LGPL-2", "LGPL-2.0-only"), ("AGPL-3+", "AGPL-3.0-or-later"), ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
            ("GFDL-1.2", "GFDL-1.2-only"), ("BSD-3-clause", "BSD-3-Clause"), ("Artistic", "Artistic-1.0-Perl"), ("CC0", "CC0-1.0"),
            ("zlib/libpng", "Zlib"), ("Boost", "BSL-1.0"), ("Perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
            ("GPL-2+ or Artistic, and BSD-3-clause", "(GPL-2.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause"),
            ("MPL-1.1 or GPL-2+ or LGPL-2.1+", "MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later"),
            ("Expat, ISC, or Zlib", "MIT OR ISC OR Zlib"), ("Expat, ISC and Zlib", "MIT AND ISC AND Zlib"),
            ("Expat and/or ISC", "MIT OR ISC"), ("Expat and ISC or Zlib", "(MIT AND ISC) OR Zlib"),
            ("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"),
            ("GPL2 with Classpath exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
            ("GPL-3+-with-bison-exception", "GPL-3.0-or-later WITH Bison-exception-2.2"),
            ("GPL-3.0-or-later-WITH-Autoconf-exception-macro", "GPL-3.0-or-later WITH Autoconf-exception-macro"),
            ("Expat OR GPL-2", "MIT OR GPL-2.0-only"),
        ])
    func `translates short names that mean the same`(name: String, expected: String) {
        let found = DebianLicense.expression(name) { "LicenseRef-unknown-\($0)" }
        #expect(found.description == expected)
        for identifier in found.identifiers {
            #expect(SPDXLicenseList.license(identifier) ?? SPDXLicenseList.exception(identifier) == identifier)
        }
    }

    @Test(
        arguments: [
            "GPL", "LGPL", "BSD", "public-domain", "GPL-4+", "GPL-2+ with OpenSSL exception", "Apache-2.0 with bison exception", "MIT/X11",
            "BSD-3-clause~Google", "GPL-2+-with-font", "with", "and", "or", "",
        ])
    func `does not guess`(name: String) {
        var asked: [String] = []
        let found = DebianLicense.expression(name) {
            asked.append($0)
            return "LicenseRef-x"
        }
        #expect(found == .license("LicenseRef-x"))
        #expect(asked == [name])
    }

    @Test func `prose is one unknown licence`() {
        let prose = String(repeating: "Permission is granted and given or so, ", count: 60)
        #expect(DebianLicense.expression(prose) { _ in "LicenseRef-prose" } == .license("LicenseRef-prose"))
    }
}
