// SPDX-License-Identifier: Apache-2.0

/// The keys of a file in `suites/`.
enum SuiteShape {
    struct Draft: Sendable {
        var name: Located<String>?
        var archives: [SuiteArchive] = []
        var maximumLockAgeDays = Suite.defaultLockAgeDays
    }

    static let suite = RecordShape<Draft>(
        name: "suite", title: "a suite",
        keys: [
            .optional("name", \.name, Shape.text(.name).located, "The suite's name, the same as the file's: trixie."),
            .required(
                "archives", \.archives, .list(of: archive.shape, named: "a list of archives", minimum: 1, unique: ("archive", \.suite)),
                "The archives that make it up."),
            .optional(
                "maximum-lock-age-days", \.maximumLockAgeDays, .integer(1...3650),
                "How long a lock stays good after its packages have left the archive; 30 when left out."),
        ], empty: { Draft() })

    private static let archive = RecordShape<SuiteArchive>(
        name: "archive", title: "an archive",
        keys: [
            .required("suite", \.suite, .text(.relativePath), "The directory below dists/: trixie-security."),
            .required("base", \.base, .text(.relativePath), "Where on the mirror it lives: debian or debian-security."),
            .optional(
                "components", \.components, .list(of: .text(.name), named: "a list of components", minimum: 1),
                "Its components: [main], which is also what stands when left out."),
            .required("keyring", \.keyring, .text(.relativePath), "The keyring file beside the suite file."),
            .required(
                "fingerprints", \.fingerprints, .list(of: .text(.fingerprint), named: "a list of key fingerprints", minimum: 1),
                "The full fingerprints of the primary keys that may sign it."),
            .required("valid-until", \.hasValidUntil, .boolean, "Whether its Release file says until when it is valid."),
            .optional(
                "maximum-age-days", \.maximumAgeDays, .integer(1...3650),
                "How old its Release file may be, when that does not say it itself."),
        ],
        empty: { SuiteArchive(suite: "", base: "", keyring: "", fingerprints: [], hasValidUntil: true) },
        check: { archive, node, reader in
            guard !archive.hasValidUntil, archive.maximumAgeDays == nil else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "maximum-age-days for an archive without valid-until", found: "none for \(archive.suite)",
                    fix: "add maximum-age-days"))
        })
}
