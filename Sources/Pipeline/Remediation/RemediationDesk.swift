// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Report

/// Reports on remediations, from what a reader gathered.
package struct RemediationDesk: Sendable {
    let reader: RemediationReader
    package let policy: SLOPolicy

    package init(_ reader: RemediationReader, policy: SLOPolicy) {
        self.reader = reader
        self.policy = policy
    }

    /// What ended since a moment, and everything that is open.
    package func report(since: Timestamp, images: [String] = [], now: Timestamp) throws -> SLOReport {
        report(try reader.read(images), since: since, images: images, now: now)
    }

    package func read() throws -> RemediationReader.Outcome { try reader.read() }

    /// The same of what was gathered before.
    package func report(
        _ outcome: RemediationReader.Outcome, since: Timestamp, images: [String] = [], now: Timestamp
    ) -> SLOReport {
        SLOReporter(policy: policy, now: now).report(outcome.clocks, since: since, images: images, coverage: outcome.coverage)
    }
}
