// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import OCI

extension Evidence {
    /// This evidence with what was signed later. Where both have a list under one tag, the later one holds what the earlier one held.
    package func adding(_ later: Evidence) -> Evidence {
        let replaced = Set(later.manifests.compactMap(\.tag))
        let kept = manifests.filter { manifest in manifest.tag.map { !replaced.contains($0) } ?? true }
        let manifests = kept + later.manifests
        let named = Set(manifests.flatMap { [$0.manifest.config.digest] + $0.manifest.layers.map(\.digest) })
        var blobs: [Digest: Content] = [:]
        for blob in self.blobs + later.blobs where named.contains(blob.digest) { blobs[blob.digest] = blob }
        return Evidence(
            attestations: attestations + later.attestations, blobs: blobs.values.sorted { $0.digest < $1.digest }, manifests: manifests)
    }
}
