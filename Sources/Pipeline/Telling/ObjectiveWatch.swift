// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
package import Records

/// Looks for fixes that are past the catalog's objectives, and keeps an event of each: said once, however long it lasts.
package struct ObjectiveWatch: Sendable {
    private let records: RecordStore
    private let desk: RemediationDesk

    package init(records: RecordStore, desk: RemediationDesk) {
        self.records = records
        self.desk = desk
    }

    /// What is surely late and still open; says how many are told anew.
    @discardableResult
    package func tell(at now: Timestamp) throws -> Int {
        var count = 0
        for line in try desk.report(since: now, now: now).lines where line.outcome == .overdue && line.isCertain {
            let clock = line.clock
            let event = CatalogEvent.objectiveBreached(
                clock.image, advisory: clock.advisory, objective: "\(line.limitDays ?? 0) days (\(line.limitOrigin))",
                cause: line.causeDetail ?? "not known", at: now)
            if try records.append(event, once: "slo-breached \(clock.image) \(clock.advisory) \(clock.source.name)") { count += 1 }
        }
        return count
    }
}
