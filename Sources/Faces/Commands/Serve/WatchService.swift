// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import Logging
import Pipeline
import ServiceLifecycle
import Transport

/// The watcher beside the server, for one machine: `watch: {serve: true}`.
///
/// What listens to the network must not be able to ask for a signature, so it is started on loopback only, where the catalog and a
/// signer are at hand; everywhere else the log says to run `ashlar watch` as the user that builds.
struct WatchService: Service {
    let settings: Settings
    let logger: Logger

    init?(_ settings: Settings, host: String?, _ logger: Logger) {
        let reason: String
        if !["127.0.0.1", "::1", "localhost"].contains(host ?? settings.serve.host ?? "127.0.0.1") {
            reason = "this server is reached by other machines"
        } else if !FileManager.default.fileExists(atPath: settings.catalog + "/images") {
            reason = "there is no catalog in \(settings.catalog)"
        } else if !FileManager.default.isWritableFile(atPath: settings.store) {
            reason = "the store may only be read"
        } else {
            self.settings = settings
            self.logger = logger
            return
        }
        logger.warning("not watching here: \(reason); run `ashlar watch` as the user that builds")
        return nil
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await watch() }
        } catch is CancellationError {} catch {
            // The registry goes on without.
            let diagnosis = (error as? any Diagnosable)?.diagnosis
            logger.error(
                "the watcher ended; run `ashlar watch` as the user that builds",
                metadata: ["reason": "\(diagnosis?.summary ?? "\(error)")", "remedy": "\(diagnosis?.remedy ?? "-")"])
        }
    }

    private func watch() async throws {
        let environment = ProcessInfo.processInfo.environment
        try await StoreLock.whileHeld(store: settings.store, for: .watch, timeout: .zero) {
            try await LiveTransport.with(try Network.settings(environment)) { transport in
                let desk = try WatchDesk(
                    settings, environment: environment, limits: settings.allowMissingLimits ? .mayBeMissing : .required,
                    transport: transport)
                defer { desk.close() }
                // A key that is not at hand is told now, not when the first fix comes.
                try await desk.checkSigner()
                let logger = logger
                try await desk.watcher { news in
                    for line in WatchText.lines(news) { logger.notice("\(Terminal.clean(line))") }
                }.run()
            }
        }
    }
}
