// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

extension HomePage {
    /// The list of images as a table, for downloads.
    static func grid(_ entries: [ImageEntry], _ context: PageContext) -> Grid {
        Grid(
            name: "images", subject: "catalog",
            columns: [
                .init(key: "image", title: "Image"), .init(key: "stream", title: "Stream"), .init(key: "version", title: "Version"),
                .init(key: "build", title: "Build"), .init(key: "digest", title: "Digest"), .init(key: "summary", title: "Summary"),
                .init(key: "completeness", title: "Completeness"), .init(key: "since", title: "Data incomplete since"),
                .init(key: "assessed", title: "Assessed"), .init(key: "all", title: "All findings", isNumeric: true),
                .init(key: "important", title: "Minus unimportant", isNumeric: true),
                .init(key: "left", title: "After VEX", isNumeric: true),
                .init(key: "signed", title: "Signed"), .init(key: "shell", title: "Shell"),
                .init(key: "unpacked", title: "Bytes unpacked", isNumeric: true), .init(key: "platforms", title: "Platforms"),
                .init(key: "created", title: "Newest file"), .init(key: "eol", title: "End of life"),
            ],
            rows: entries.map { entry in
                let (release, assessment) = (entry.release, entry.assessment)
                // Where nothing could be seen there is no number.
                let counts = assessment.flatMap { $0.completeness.level == .unknown ? nil : $0.counts }
                func count(_ value: Int?) -> Grid.Cell { Grid.Cell(value.map { JSON($0) } ?? .null) }
                return Grid.Row(cells: [
                    .init(release.repository), .init(release.stream), .init(release.version), .init(release.buildTag),
                    .init(release.index.description), .init(release.summary),
                    .init(assessment?.completeness.level.rawValue ?? "not assessed"), .init(assessment?.completeness.since),
                    .init(assessment?.assessed.description), count(counts?.all.total),
                    count(counts?.withoutUnimportant.total), count(counts?.afterVEX.total),
                    .init(.bool(entry.isSigned)), .init(entry.shell.rawValue), count(release.platforms.map(\.unpackedSize).min()),
                    .init(JSON(release.platforms.map(\.platform.description))), .init(release.created.description),
                    .init(release.endOfLife),
                ])
            })
    }
}
