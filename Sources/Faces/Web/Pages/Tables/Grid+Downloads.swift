// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc4180
import Base
import HTTPTypes
import Hummingbird
import NIOCore

extension Grid {
    enum Download: String, CaseIterable, Sendable { case csv, json }

    func response(_ download: Download, _ query: GridQuery) -> Response {
        let rows = chosen(query)
        let (type, text) =
            switch download {
            case .csv: ("text/csv; charset=utf-8; header=present", csv(rows))
            case .json: ("application/json", String(decoding: json(rows).prettyBytes, as: UTF8.self))
            }
        let plain = "\(name)-\(subject)".map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-" }
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "no-cache", .vary: "Authorization",
                .contentDisposition: "attachment; filename=\"\(String(plain)).\(download.rawValue)\"",
            ], body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    func json(_ rows: [Row]) -> JSON {
        [
            "table": JSON(name), "subject": JSON(subject), "count": JSON(rows.count),
            "rows": .array(
                rows.map { row in
                    .object(Dictionary(zip(columns.map(\.key), row.cells.map(\.value))) { first, _ in first })
                }),
        ]
    }

    func csv(_ rows: [Row]) -> String {
        var text = columns.map { Self.field($0.key) }.joined(separator: ",") + "\r\n"
        for row in rows { text += row.cells.map { Self.field($0.text) }.joined(separator: ",") + "\r\n" }
        return text
    }

    /// Quoted where needed. What a spreadsheet would take for a formula begins with an apostrophe.
    private static func field(_ text: String) -> String {
        var text = text
        if let first = text.unicodeScalars.first, ["=", "+", "-", "@", "\t", "\r"].contains(first), text != "-" { text = "'" + text }
        guard text.unicodeScalars.contains(where: { ["\"", ",", "\r", "\n"].contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
