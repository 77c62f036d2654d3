// SPDX-License-Identifier: Apache-2.0
import SBOM
import Testing

@Suite struct CopyrightFileTests {
    static let header = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"

    @Test func `reads paragraphs of files and of licences`() {
        let file = CopyrightFile(
            Self.header + """
                Upstream-Name: demo
                Copyright: Copyright (C) someone
                # a comment
                Files: ignored in a header
                License: Zlib

                Files: *
                  src/*.c
                Copyright:
                 2001-2020 Ann <ann@example.org>
                 2019 Bob
                License: GPL-2+ and public-domain

                Files: debian/*
                Copyright: 2019 Bob
                License: Expat
                 Inline text.
                 .
                 Second part.

                License: public-domain
                 Nobody claims it.

                License: GPL-2+
                 On Debian systems see /usr/share/common-licenses/GPL-2.
                """)
        #expect(file.isMachineReadable)
        #expect(file.stanzas.map(\.files) == [["*", "src/*.c"], ["debian/*"]])
        #expect(file.stanzas.first?.copyright == ["2001-2020 Ann <ann@example.org>", "2019 Bob"])
        #expect(file.stanzas.last?.text == "Inline text.\n\nSecond part.")
        let summary = LicenseSummary(file, source: "demo")
        #expect(summary.extracted.map(\.name) == ["public-domain"])
        #expect(summary.extracted.map(\.text) == ["Nobody claims it."])
        let reference = summary.extracted.first?.identifier ?? ""
        #expect(reference.hasPrefix("LicenseRef-public-domain-") && reference.utf8.count == 33)
        #expect(summary.expression?.description == "GPL-2.0-or-later AND \(reference) AND MIT")
        #expect(summary.holders == "2001-2020 Ann <ann@example.org>\n2019 Bob")
        #expect(summary.commonLicenses == ["GPL-2"])
    }

    @Test func `a header speaks for the package when there is no other paragraph`() {
        let summary = LicenseSummary(CopyrightFile(Self.header + "Copyright: 1999 Ann\nLicense: ISC\n"), source: "demo")
        #expect(summary.expression?.description == "ISC")
        #expect(summary.holders == "1999 Ann")
    }

    @Test func `prose is kept as one text`() {
        let text =
            "This package was made by Ann.\n\nCopyright (c) 1999-2001 Ann\n  Copyright 2003 Bob\nCopyright law applies.\n\n"
            + "See /usr/share/common-licenses/GPL-3, /usr/share/common-licenses/LGPL-2.1.\nLicense: whatever\n"
        let file = CopyrightFile(text)
        #expect(!file.isMachineReadable)
        let summary = LicenseSummary(file, source: "old++pkg")
        #expect(summary.extracted.map(\.text) == [text])
        #expect(summary.expression?.description == summary.extracted.first?.identifier)
        #expect(summary.expression?.description.hasPrefix("LicenseRef-oldplusplus") == true)
        #expect(summary.holders == "Copyright (c) 1999-2001 Ann\nCopyright 2003 Bob")
        #expect(summary.commonLicenses == ["GPL-3", "LGPL-2.1"])
    }

    @Test func `equal texts share a name and different texts never do`() {
        func reference(_ text: String) -> String? {
            let file = CopyrightFile(Self.header + "\nFiles: *\nCopyright: x\nLicense: custom\n \(text)\n")
            return LicenseSummary(file, source: "x").extracted.first?.identifier
        }
        #expect(reference("one") == reference("one"))
        #expect(reference("one") != reference("two"))
    }

    @Test func `a name without any text says so`() {
        let summary = LicenseSummary(CopyrightFile(Self.header + "\nFiles: *\nCopyright: x\nLicense: odd name!\n"), source: "x")
        #expect(summary.expression?.description == "LicenseRef-odd-name")
        #expect(summary.extracted.first?.text.contains("no text") == true)
    }

    static let mit = """
         Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
         files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
         modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
         is furnished to do so, subject to the following conditions:
         .
         The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.
        """
    static let warranty = """
         THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
         MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL Ann and Company BE LIABLE FOR ANY CLAIM,
         DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
         SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
        """

    @Test func `a known text under another name is recognised and one condition more is not`() {
        func expression(_ text: String) -> String? {
            let file = CopyrightFile(Self.header + "\nFiles: *\nCopyright: x\nLicense: Anns-own\n" + text + "\n")
            return LicenseSummary(file, source: "x").expression?.description
        }
        #expect(expression(" Copyright (c) 2020 Ann\n" + Self.mit + "\n .\n" + Self.warranty) == "MIT")
        let condition = "\n .\n The Software shall be used for Good, not Evil.\n .\n"
        #expect(expression(Self.mit + condition + Self.warranty)?.hasPrefix("LicenseRef-Anns-own-") == true)
        #expect(expression(Self.mit + "\n .\n" + Self.warranty + condition)?.hasPrefix("LicenseRef-Anns-own-") == true)
        #expect(expression(Self.mit)?.hasPrefix("LicenseRef-Anns-own-") == true)
    }

    @Test(arguments: [
        ("", "BSD-2-Clause"), (" 3. Neither the name of Ann & Co. nor the names of its\n contributors \(endorsement)\n", "BSD-3-Clause"),
    ])
    func `the clauses of a BSD licence decide which it is`(clause: String, expected: String) {
        let text = """
             Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following
             conditions are met:
             1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.
             2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
                disclaimer in the documentation and/or other materials provided with the distribution.
            \(clause) .
             THIS SOFTWARE IS PROVIDED BY ANN ``AS IS'' AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
             WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL ANN BE LIABLE FOR ANY
             DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF
             SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF
             LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE
             USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
            """
        let file = CopyrightFile(Self.header + "\nFiles: *\nCopyright: x\nLicense: BSD-of-Ann\n" + text + "\n")
        #expect(LicenseSummary(file, source: "x").expression?.description == expected)
    }

    static let endorsement =
        "may be used to endorse or promote products derived from this software without specific prior\n written permission."

    @Test(
        arguments: [
            "", "\n\n\n", "\u{0}\u{1}\u{FFFD}", "Format:", ":", " leading continuation", "Format: x\n\nFiles: *\n\n",
            "Format: x\n\nLicense:\n",
            "Format: x\n\nFiles:\nLicense: ,,, and or ,\n", String(repeating: "\u{301}", count: 1000),
            "Format: x\n\n" + String(repeating: "Files: a\nLicense: and\n\n", count: 500),
        ])
    func `never fails and always gives a readable expression`(text: String) throws {
        let summary = LicenseSummary(CopyrightFile(text), source: "hostile")
        let expression = try #require(summary.expression)
        #expect(try LicenseExpression(expression.description) == expression)
        let known = Set(summary.extracted.map(\.identifier))
        for name in expression.identifiers where name.hasPrefix("LicenseRef-") { #expect(known.contains(name)) }
    }

    @Test func `is bounded`() {
        let long = CopyrightFile(String(repeating: "x", count: CopyrightFile.limit + 1000))
        #expect(long.text.utf8.count < CopyrightFile.limit + 100)
        #expect(long.text.hasSuffix("[cut after \(CopyrightFile.limit) bytes]\n"))
        let many = Self.header + (0..<3000).map { "\nFiles: \($0)\nCopyright: holder \($0) of something\nLicense: name-\($0)\n" }.joined()
        let summary = LicenseSummary(CopyrightFile(many), source: "many")
        #expect(summary.extracted.count == 1)
        #expect((summary.holders?.utf8.count ?? 0) < LicenseSummary.holderLimit + 100)
    }
}
