// SPDX-License-Identifier: Apache-2.0
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

/// Writes metrics as Prometheus reads them: families one after the other, labels escaped, in a fixed order.
struct MetricsText {
    private(set) var text = ""

    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String { case counter, gauge, histogram }

    /// Begins a family.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ value: Int, _ labels: [(String, String)] = []) { line(name, labels, String(value)) }
    mutating func sample(_ name: String, _ value: Double, _ labels: [(String, String)] = []) { line(name, labels, Self.number(value)) }

    /// The lines of one histogram: cumulative buckets, sum and count.
    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Metrics.Histogram) {
        var total = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let bound = index < Metrics.bounds.count ? Self.number(Metrics.bounds[index]) : "+Inf"
            line(name + "_bucket", labels + [("le", bound)], String(total))
        }
        line(name + "_sum", labels, Self.number(histogram.sum))
        line(name + "_count", labels, String(total))
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : String(value)
    }
}
