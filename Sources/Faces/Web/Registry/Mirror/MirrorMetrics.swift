// SPDX-License-Identifier: Apache-2.0
import Pipeline

extension MirrorSet {
    /// What each mirror counted, under the name its repositories begin with.
    func write(to page: inout MetricsText) {
        guard !mirrors.isEmpty else { return }
        let counts = mirrors.map { (prefix: $0.rules.prefix, snapshot: $0.counts.snapshot) }.sorted { $0.prefix < $1.prefix }
        page.family(
            "ashlar_mirror_requests_total", .counter,
            "Requests to mirrored repositories: from the store (hit), fetched, stale, quarantined, denied, failed.")
        for (prefix, snapshot) in counts {
            for outcome in MirrorCounts.Outcome.allCases {
                page.sample(
                    "ashlar_mirror_requests_total", snapshot.outcomes[outcome] ?? 0, [("mirror", prefix), ("outcome", outcome.rawValue)])
            }
        }
        page.family("ashlar_mirror_fetched_bytes_total", .counter, "Bytes that were fetched from other registries and kept.")
        for (prefix, snapshot) in counts { page.sample("ashlar_mirror_fetched_bytes_total", snapshot.bytes, [("mirror", prefix)]) }
        page.family("ashlar_mirror_upstream_up", .gauge, "Whether the other registry answered when it was asked last.")
        for (prefix, snapshot) in counts { page.sample("ashlar_mirror_upstream_up", snapshot.isUp ? 1 : 0, [("mirror", prefix)]) }
    }
}
