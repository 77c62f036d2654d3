// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Foundation
import Logging

/// The server's log, as the settings want it.
enum ServerLog {
    /// Whether each line is a JSON object: then everything goes through the log.
    static func isJSON(_ settings: ServeConfiguration.Log) -> Bool {
        settings.format == "json" || (settings.format == "auto" && isatty(2) == 0)
    }

    static func logger(_ settings: ServeConfiguration.Log) -> Logger {
        let isJSON = isJSON(settings)
        var logger = Logger(
            label: "ashlar.serve",
            factory: { label -> any LogHandler in isJSON ? JSONLogHandler(label: label) : StreamLogHandler.standardError(label: label) })
        logger.logLevel = Logger.Level(rawValue: settings.level) ?? .notice
        return logger
    }
}
