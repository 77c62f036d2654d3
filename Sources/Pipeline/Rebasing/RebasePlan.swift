// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import OCI

/// What giving an image another base would do, and what speaks against it. Nothing was changed for it.
package struct RebasePlan: Sendable {
    package enum State: String, Sendable {
        /// It stands on no release of this store, or nobody can say on which.
        case foreign
        /// It stands on the release that was asked for.
        case current
        case safe
        case refused
    }
    package var application: ApplicationImage
    /// Nil when it stands on none of ours.
    package var old: Release?
    package var new: Release?
    package var findings: [RebaseFinding] = []
    /// Nil unless it could be made.
    package var rebased: RebasedImage?
    /// What the image would hold, in the order of its platforms.
    package var inventories: [ForeignInventory] = []

    package init(application: ApplicationImage, old: Release? = nil, new: Release? = nil, findings: [RebaseFinding] = []) {
        self.application = application
        self.old = old
        self.new = new
        self.findings = findings
    }

    package var refusals: [RebaseFinding] { findings.filter { $0.weight == .refusal } }
    package var notes: [RebaseFinding] { findings.filter { $0.weight == .note } }
    package var state: State {
        guard let old else { return .foreign }
        if let new, new.index == old.index { return .current }
        return refusals.isEmpty && rebased != nil ? .safe : .refused
    }
}

/// Which base an image is to get.
package enum RebaseTarget: Sendable {
    /// The newest release of the stream it stands on.
    case latest
    case release(Release)
}
