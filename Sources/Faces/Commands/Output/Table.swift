// SPDX-License-Identifier: Apache-2.0
import Base

/// Columns of text for a terminal; values are cleaned of control characters, since some come from outside.
struct Table {
    let header: [String]
    var rows: [[String]] = []

    var text: String {
        let all = [header] + rows.map { $0.map(Self.clean) }
        let widths = header.indices.map { column in all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    static func clean(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }))
    }
}

/// Lines for a terminal that hold what came from outside.
enum Terminal {
    /// What would move a cursor becomes a mark.
    static func clean(_ line: String) -> String {
        String(
            String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0 }))
    }
}

/// Sizes for people: `5.51 MB`, powers of ten as registries count.
enum Size {
    static func text(_ bytes: Int) -> String {
        if bytes < 1000 { return "\(bytes) B" }
        let (value, unit) =
            bytes < 1_000_000
            ? (Double(bytes) / 1e3, "kB") : bytes < 1_000_000_000 ? (Double(bytes) / 1e6, "MB") : (Double(bytes) / 1e9, "GB")
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) \(unit)"
    }
}
