// SPDX-License-Identifier: Apache-2.0
package import Base

/// Holds statements against the locks of the catalog and the calendar, before anything is built.
package enum TriageReview {
    /// A recipe's image with what its lock has in it.
    package struct Subject: Sendable {
        package var image: String
        /// `3.13-dev`.
        package var stream: String
        package var lock: Lock
        package init(image: String, stream: String, lock: Lock) {
            self.image = image
            self.stream = stream
            self.lock = lock
        }
    }

    package struct Problem: Sendable {
        package var statement: TriageStatement
        package var error: TriageError
    }

    /// Everything wrong with the statements, in their order.
    ///
    /// - Parameters:
    ///   - subjects: every image that the statements could reach. One that is missing here cannot be matched.
    ///   - now: The day that decides about expiry.
    package static func problems(of statements: [TriageStatement], in subjects: [Subject], now: Timestamp) -> [Problem] {
        statements.flatMap { statement in
            problems(of: statement, in: subjects, now: now).map { Problem(statement: statement, error: $0) }
        }
    }

    private static func problems(of statement: TriageStatement, in subjects: [Subject], now: Timestamp) -> [TriageError] {
        var problems: [TriageError] = []
        if statement.isExpired(at: now) {
            problems.append(.expired(statement: statement.title, on: statement.expires.dateText, now: now.dateText))
        }
        var matched: Set<String> = []
        var others: Set<String> = []
        for subject in subjects where statement.concerns(image: subject.image, stream: subject.stream) {
            for package in subject.lock.platforms.flatMap(\.packages) {
                guard statement.package.isNamed(source: package.source, binary: package.name) else { continue }
                if statement.package.covers(package) {
                    matched.insert(package.name)
                } else {
                    others.insert(
                        "\(package.name) \(package.version) of \(package.source) \(package.sourceVersion) in \(subject.image):\(subject.stream)"
                    )
                }
            }
        }
        if matched.isEmpty {
            problems.append(
                .matchesNothing(statement: statement.title, reach: statement.reach, found: Array(others.sorted().prefix(20))))
        }
        let meant = Set(statement.package.binaries)
        let surplus = matched.subtracting(meant)
        if !meant.isEmpty, !surplus.isEmpty {
            problems.append(.matchesMore(statement: statement.title, expected: meant.sorted(), found: surplus.sorted()))
        }
        // A binary that is named and never met is a wrong spelling, or gone.
        let missing = meant.subtracting(matched)
        if !matched.isEmpty, !missing.isEmpty {
            problems.append(
                .matchesNothing(
                    statement: "\(statement.title): \(missing.sorted().joined(separator: ", "))", reach: statement.reach,
                    found: matched.sorted()))
        }
        return problems
    }
}

extension TriageStatement {
    var reach: String {
        let names = images.isEmpty ? "any image of the catalog" : images.joined(separator: ", ")
        return streams.isEmpty ? names : "\(names) (\(streams.joined(separator: ", ")))"
    }
}

extension TriagePackage {
    package func covers(_ package: LockedPackage) -> Bool {
        covers(source: package.source, sourceVersion: package.sourceVersion, binary: package.name, version: package.version)
    }
}
