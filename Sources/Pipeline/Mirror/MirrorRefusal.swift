// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a mirror serves nothing for a request.
package enum MirrorRefusal: Error, Hashable, Sendable {
    case notAllowed(repository: String)
    case quarantined(MirrorQuarantine)
    case unknownName(String)
    case unknownManifest(String, repository: String)
    case unknownBlob(Digest, repository: String)
    /// The mirror is offline, or cut off, and this is not here.
    case notHere(String)
    case otherDigestAlgorithm(String)
    case tooLarge(Digest, size: Int, limit: Int)
    /// The repository holds what a build published.
    case published(repository: String)
    /// The other registry does not answer; it is asked again in so many seconds, with 0 at once.
    case unavailable(upstream: String, reason: String, wait: Int)
    /// It was asked too often.
    case limited(upstream: String, wait: Int)
    /// It does not let this mirror read there.
    case denied(upstream: String, reason: String)
    /// What it sent is not what it should be; nothing of it was kept.
    case broken(upstream: String, reason: String)

    /// Whether what is remembered may be served instead, with a warning.
    var isPassing: Bool {
        switch self {
        case .unavailable, .limited, .denied, .broken: true
        default: false
        }
    }

    package var explanation: String {
        switch self {
        case .notAllowed(let repository): "\(repository) is not on this mirror's allow list (serve.mirrors in ashlar.yaml)"
        case .quarantined(let quarantine): quarantine.explanation
        case .unknownName(let repository): "the registry behind this mirror has no repository \(repository)"
        case .unknownManifest(let reference, let repository): "\(repository) has no manifest \(reference)"
        case .unknownBlob(let digest, let repository):
            "no manifest of \(repository) that may be pulled here names the blob \(digest); pull the manifest first"
        case .notHere(let what): "\(what) was never pulled through this mirror, which is offline now"
        case .otherDigestAlgorithm(let text): "expected a sha256 digest, found \(text.prefix(100)); a mirror takes no other"
        case .tooLarge(let digest, let size, let limit): "the blob \(digest) has \(size) bytes, and this mirror takes at most \(limit)"
        case .published(let repository): "\(repository) belongs to this catalog and is not mirrored"
        case .unavailable(let upstream, let reason, _): "\(upstream) does not answer: \(reason)"
        case .limited(let upstream, let wait): "\(upstream) takes no more requests for \(wait) s"
        case .denied(let upstream, let reason): "\(upstream) does not let this mirror read that: \(reason)"
        case .broken(let upstream, let reason): "\(upstream) sent something else than was asked for, and nothing was kept: \(reason)"
        }
    }
}

/// Content that is too new to be pulled.
package struct MirrorQuarantine: Hashable, Sendable {
    package var repository: String
    package var digest: Digest
    package var seen: Timestamp
    package var until: Timestamp
    /// What it says about itself; nothing is decided by it.
    package var created: String?

    package var explanation: String {
        let says = created.map { "; it says it was made at \($0.prefix(40))" } ?? ""
        return "\(repository)@\(digest) was first seen at \(seen) and is in quarantine until \(until)\(says); "
            + "an administrator may let it go with `ashlar mirror release`"
    }
}
