// SPDX-License-Identifier: Apache-2.0
import Archive

/// A .deb, opened: the control paragraph and scripts read, the data still packed (deb(5)).
package struct DebFile: Sendable {
    package let control: String
    package let md5sums: String
    package let triggers: String?
    package let scripts: [String: String]
    private let bytes: [UInt8]
    private let dataName: String
    private let dataRange: Range<Int>

    package init(_ bytes: [UInt8]) throws {
        let members = try ArArchive(bytes).members
        guard let controlMember = members.first(where: { $0.name.hasPrefix("control.tar") }),
            let dataMember = members.first(where: { $0.name.hasPrefix("data.tar") })
        else { throw DebianError.missingField("control.tar or data.tar", of: "a .deb") }
        let tar = try Decompressor.decode(named: controlMember.name, Array(bytes[controlMember.range]), limit: 64 << 20)
        var texts: [String: String] = [:]
        for entry in try TarReader.entries(of: tar) where entry.kind == .file {
            texts[entry.path] = String(decoding: tar[entry.body], as: UTF8.self)
        }
        control = texts["control"] ?? ""
        md5sums = texts["md5sums"] ?? ""
        triggers = texts["triggers"]
        scripts = texts.filter { ["preinst", "postinst", "prerm", "postrm", "config"].contains($0.key) }
        self.bytes = bytes
        dataName = dataMember.name
        dataRange = dataMember.range
    }

    package func data(limit: Int) throws -> [UInt8] { try Decompressor.decode(named: dataName, Array(bytes[dataRange]), limit: limit) }
}
