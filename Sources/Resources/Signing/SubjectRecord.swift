// SPDX-License-Identifier: Apache-2.0
package import Base

/// The build record, as far as a signer asks: what was built here, and for which repository.
package protocol SubjectRecord: Sendable {
    /// The repository that a manifest was built for; nil when no build recorded it.
    func repository(ofSubject digest: Digest) throws -> String?
}
