// SPDX-License-Identifier: Apache-2.0
import Base
import Logging

/// What a server does beside answering: takes new certificates, makes the audit trail durable.
struct Housekeeping: Sendable {
    private let identity: TLSIdentity?
    private let audit: AuditTrail?
    private let logger: Logger
    private static let pause = Duration.seconds(1)

    init(_ settings: CatalogServer.Settings, _ logger: Logger) {
        identity = settings.identity
        audit = settings.audit
        self.logger = logger
    }

    /// Runs until it is cancelled.
    func run() async {
        var lastProblem: String?
        while !Task.isCancelled {
            var problem: String?
            do {
                if try identity?.reloadIfChanged() == true { logger.notice("took a new certificate") }
                try audit?.sync()
            } catch {
                problem = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
            }
            // Once, not every second.
            if let problem, problem != lastProblem { logger.error("housekeeping failed", metadata: ["reason": "\(problem)"]) }
            lastProblem = problem
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }
}
