// SPDX-License-Identifier: Apache-2.0
// https://spdx.github.io/spdx-spec/v2.3/license-matching-guidelines-and-templates/

/// Recognises the short licences that copyright files give under names of their own (`BSD-3-clause-Oracle`, `CORE-MATH`).
///
/// The whole text must match from its first word to its last, so one more condition is enough to be another licence. Only the names
/// of holders may differ; case, punctuation, numbers of clauses and copyright notices do not count (SPDX 2.3 annex C).
enum LicenseText {
    /// Texts beyond this are none of those that are known here.
    static let limit = 8 << 10

    /// The SPDX identifier of `text`; nil when it is not word for word one of the known ones.
    static func identifier(of text: String) -> String? {
        guard text.utf8.count <= limit else { return nil }
        let words = words(of: text)
        return templates.first { matches($0.pieces, words) }?.identifier
    }

    private static func words(of text: String) -> [String] {
        var words: [String] = []
        for line in text.lowercased().split(separator: "\n") {
            let bare = line.drop { $0 == " " || $0 == "\t" || $0 == "*" }
            if notices.contains(where: { bare.hasPrefix($0) }) { continue }
            words += split(bare)
        }
        return words
    }

    private static let notices = ["copyright (c)", "copyright ©", "copyright 1", "copyright 2", "(c) ", "©", "all rights reserved"]

    // Letters only: numbers are those of clauses.
    private static func split(_ text: Substring) -> [String] {
        text.utf8.split(whereSeparator: { !(0x61...0x7A).contains($0) }).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The pieces stand one after the other with at most `gap` words, the names of holders, between them.
    private static func matches(_ pieces: [[String]], _ words: [String], gap: Int = 24) -> Bool {
        var position = 0
        for (number, piece) in pieces.enumerated() {
            let reach = number == 0 ? 0 : gap
            guard let start = (position...position + reach).first(where: { words.dropFirst($0).starts(with: piece) }) else { return false }
            position = start + piece.count
        }
        return position == words.count
    }

    private static let templates: [(identifier: String, pieces: [[String]])] = [
        ("MIT", pieces(mit)), ("ISC", pieces(isc("and or"))), ("ISC", pieces(isc("and"))), ("Zlib", pieces(zlib)),
        ("BSD-2-Clause", pieces(bsd(""))), ("BSD-3-Clause", pieces(bsd("neither the name ___ \(endorsement) "))),
        ("BSD-3-Clause", pieces(bsd("neither the names ___ \(endorsement) "))),
    ]

    private static func pieces(_ template: String) -> [[String]] {
        var pieces: [[String]] = [[]]
        for word in template.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
            if word.first == 0x5F { pieces.append([]) } else { pieces[pieces.count - 1].append(String(decoding: word, as: UTF8.self)) }
        }
        return pieces
    }

    private static let mit = """
        permission is hereby granted free of charge to any person obtaining a copy of this software and associated
        documentation files the software to deal in the software without restriction including without limitation the
        rights to use copy modify merge publish distribute sublicense and or sell copies of the software and to permit
        persons to whom the software is furnished to do so subject to the following conditions the above copyright notice
        and this permission notice shall be included in all copies or substantial portions of the software the software is
        provided as is without warranty of any kind express or implied including but not limited to the warranties of
        merchantability fitness for a particular purpose and noninfringement in no event shall ___ be liable for any claim
        damages or other liability whether in an action of contract tort or otherwise arising from out of or in connection
        with the software or the use or other dealings in the software
        """

    private static func isc(_ conjunction: String) -> String {
        """
        permission to use copy modify \(conjunction) distribute this software for any purpose with or without fee is
        hereby granted provided that the above copyright notice and this permission notice appear in all copies the
        software is provided as is and ___ all warranties with regard to this software including all implied warranties of
        merchantability and fitness in no event shall ___ be liable for any special direct indirect or consequential
        damages or any damages whatsoever resulting from loss of use data or profits whether in an action of contract
        negligence or other tortious action arising out of or in connection with the use or performance of this software
        """
    }

    private static let zlib = """
        this software is provided as is without any express or implied warranty in no event will ___ be held liable for
        any damages arising from the use of this software permission is granted to anyone to use this software for any
        purpose including commercial applications and to alter it and redistribute it freely subject to the following
        restrictions the origin of this software must not be misrepresented you must not claim that you wrote the original
        software if you use this software in a product an acknowledgment in the product documentation would be appreciated
        but is not required altered source versions must be plainly marked as such and must not be misrepresented as being
        the original software this notice may not be removed or altered from any source distribution
        """

    private static let endorsement = """
        may be used to endorse or promote products derived from this software without specific prior written permission
        """

    private static func bsd(_ clause: String) -> String {
        """
        redistribution and use in source and binary forms with or without modification are permitted provided that the
        following conditions are met redistributions of source code must retain the above copyright notice this list of
        conditions and the following disclaimer redistributions in binary form must reproduce the above copyright notice
        this list of conditions and the following disclaimer in the documentation and or other materials provided with the
        distribution \(clause)this software is provided by ___ as is and any express or implied warranties including but
        not limited to the implied warranties of merchantability and fitness for a particular purpose are disclaimed in no
        event shall ___ be liable for any direct indirect incidental special exemplary or consequential damages including
        but not limited to procurement of substitute goods or services loss of use data or profits or business
        interruption however caused and on any theory of liability whether in contract strict liability or tort including
        negligence or otherwise arising in any way out of the use of this software even if advised of the possibility of
        such damage
        """
    }
}
