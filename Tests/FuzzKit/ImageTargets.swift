// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

extension FuzzTarget {
    static let images: [FuzzTarget] = [
        FuzzTarget("oci-manifest", reading: { try ImageManifest(reading: $0) }, writing: { try $0.content().bytes }),
        FuzzTarget("oci-index", reading: { try ImageIndex(reading: $0) }, writing: { try $0.content().bytes }),
        FuzzTarget("oci-config", reading: { try ImageConfig(reading: $0) }, writing: { try $0.content().bytes }),
        FuzzTarget("oci-reference", reading: { try ImageReference(text($0)) }, writing: { Array($0.description.utf8) }),
        FuzzTarget("oci-layout") { bytes in
            // The header up to the first line feed, the index behind it.
            let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
            _ = try OCILayout(header: Array(parts[0]), index: parts.count > 1 ? Array(parts[1]) : [])
        },
    ]
}
