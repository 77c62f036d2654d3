// SPDX-License-Identifier: Apache-2.0
import Base
import Logging
import Pipeline
import Records

/// Delivers events while a server runs, and looks for ends of support. Ends when it is cancelled; what is not delivered then is later.
struct DeliveryService: Sendable {
    let notifier: Notifier
    let records: RecordStore
    /// Seconds.
    let warnBefore: Int
    let logger: Logger
    private static let pause = Duration.seconds(5)
    /// Ends of support are days: once an hour is often enough.
    private static let roundsBetweenLooks = 720

    /// Nothing runs when nobody is to be told, or the store cannot be written.
    func run() async {
        guard !notifier.receivers.isEmpty, records.isWritable else { return }
        var rounds = 0
        while !Task.isCancelled {
            do {
                if rounds % Self.roundsBetweenLooks == 0 {
                    try SupportWatch(records: records, warnBefore: warnBefore).tell(at: Workshop.now())
                }
                tell(try await notifier.deliver())
            } catch is CancellationError { return } catch {
                let reason = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
                logger.error("events could not be delivered", metadata: ["reason": "\(reason)"])
            }
            rounds += 1
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }

    private func tell(_ round: Notifier.Round) {
        if round.delivered > 0 { logger.info("delivered events", metadata: ["count": "\(round.delivered)"]) }
        for problem in round.problems {
            let facts: Logger.Metadata = [
                "receiver": "\(problem.receiver)", "reason": "\(problem.reason)", "event": "\(problem.event)",
            ]
            if problem.isGivenUp {
                logger.error("an event was given up: nobody there was told of it", metadata: facts)
            } else {
                logger.warning("an event was not delivered, and is tried again", metadata: facts)
            }
        }
    }
}
