// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Synchronization

/// Shows how much of a lock has arrived: `[17/21] python:3.13  fetching  12 of 40 packages, 14.2 of 30.1 MB`.
struct FetchProgress: Sendable {
    private let label: String
    private let progress: Progress
    private let total: Amount
    private let here = Shared()

    private struct Amount: Sendable {
        var packages = 0
        var bytes = 0
    }
    private final class Shared: Sendable {
        let amount = Mutex(Amount())
    }

    init(of lock: Lock, label: String, on progress: Progress) {
        self.label = label
        self.progress = progress
        // Platforms share packages that are for all of them; such a one is fetched once.
        var sizes: [String: Int] = [:]
        for package in lock.platforms.flatMap(\.packages) { sizes[package.sha256] = package.size }
        total = Amount(packages: sizes.count, bytes: sizes.values.reduce(0, +))
    }

    @Sendable func arrived(_ package: LockedPackage) {
        let now = here.amount.withLock { amount in
            amount.packages += 1
            amount.bytes += package.size
            return amount
        }
        progress.update(text(now))
    }

    private func text(_ now: Amount) -> String {
        guard now.packages < total.packages else { return "\(label)  building" }
        return "\(label)  fetching  \(now.packages) of \(total.packages) packages, \(Size.text(now.bytes)) of \(Size.text(total.bytes))"
    }
}
