// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Logging

/// One JSON object a line on standard error: time, level, message, and the metadata as it is.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        write(Self.line(event.level, event.message, metadata.merging(event.metadata ?? [:]) { _, new in new }, at: Date()))
    }

    /// The line, ready to be written.
    static func line(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata, at date: Date) -> [UInt8] {
        let whole = Int(date.timeIntervalSince1970.rounded(.down))
        let millisecond = Int((date.timeIntervalSince1970 - Double(whole)) * 1000)
        let fraction = String(1000 + millisecond).dropFirst()
        var members: [String: JSON] = [
            "time": JSON("\(Timestamp(seconds: whole).description.dropLast()).\(fraction)Z"), "level": JSON(level.rawValue),
            "message": JSON(message.description),
        ]
        for (key, value) in metadata {
            // The server library's name for what we and the answers call the request.
            members[key == "hb.request.id" ? "request" : key] = json(value)
        }
        return JSON.object(members).canonicalBytes + [0x0A]
    }

    private static func json(_ value: Logger.MetadataValue) -> JSON {
        switch value {
        case .string(let text): JSON(text)
        case .stringConvertible(let value): (value as? Int).map { JSON($0) } ?? JSON(value.description)
        case .array(let items): .array(items.map(json))
        case .dictionary(let members): .object(members.mapValues(json))
        }
    }

    private func write(_ line: [UInt8]) {
        _ = line.withUnsafeBytes { Foundation.write(2, $0.baseAddress, $0.count) }
    }
}
