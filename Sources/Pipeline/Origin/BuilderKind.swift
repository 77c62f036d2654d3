// SPDX-License-Identifier: Apache-2.0

/// Where images are built and how far that may be trusted: `docs/builders.md` says what each promises.
package enum BuilderKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// Somebody's machine, or a catalog that is not exactly a commit of a repository.
    case workstation
    /// A machine that does nothing else and that nobody works on.
    case dedicatedHost = "dedicated-host"
    /// A fresh container for each build, the signer out of its reach.
    case kubernetesJob = "kubernetes-job"

    package static let base = "https://ashlar.dev/builders/"

    /// The builder id of SLSA provenance.
    package var uri: String { Self.base + rawValue }

    package init?(uri: String) {
        guard uri.hasPrefix(Self.base) else { return nil }
        self.init(rawValue: String(uri.dropFirst(Self.base.count)))
    }

    /// What may be claimed for a source: whoever cannot name the commit cannot show what was built.
    package func claimed(for source: CatalogSource) -> BuilderKind { source.isPinned ? self : .workstation }
}
