// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import OCI
package import Records
package import Sigstore

/// Writes what is said of an image that is taken back, as claims about its index and each manifest that is meant.
package enum RevocationWriter {
    /// The release that one of the digests belongs to, as its index or as a platform's manifest; nil when none was built here.
    package static func release(of digests: [Digest], in records: RecordStore) throws -> Release? {
        guard let first = digests.first, let repository = try records.repository(ofSubject: first) else { return nil }
        return try records.releases(in: repository).first { release in
            release.index == first || release.platforms.contains { $0.manifest == first }
        }
    }

    package static func claims(_ revocation: Revocation, about digests: [Digest], of release: Release) -> [Claim] {
        let own = Set([release.index] + release.platforms.map(\.manifest))
        return digests.filter(own.contains).map {
            Claim(subject: $0, predicateType: PredicateType.revocation, predicate: revocation.predicate)
        }
    }

    /// Whether a statement about one of them was signed before: then a newer one has to take its place.
    package static func isRevoked(_ digests: [Digest], in repository: String, _ records: RecordStore) throws -> Bool {
        try digests.contains { digest in
            try records.publishedReferrers(of: digest, in: repository, limit: 200).contains {
                $0.annotations[Annotation.bundlePredicateType] == PredicateType.revocation
            }
        }
    }
}
