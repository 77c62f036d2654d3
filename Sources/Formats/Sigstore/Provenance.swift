// SPDX-License-Identifier: Apache-2.0
// https://slsa.dev/spec/v1.2/build-provenance
package import Base

/// How an artifact was built, from what and by whom: the SLSA provenance v1 predicate.
package struct Provenance: Hashable, Sendable, Codable {
    package var buildDefinition: BuildDefinition
    package var runDetails: RunDetails

    /// The build type of an image that got another base: `docs/build-types/rebase-v1.md`.
    package static let rebaseType = "https://ashlar.dev/build/rebase/v1"

    package struct BuildDefinition: Hashable, Sendable, Codable {
        /// A URI that leads to a description of the parameters.
        package var buildType: String
        /// Everything a user of the builder can decide; verifiers refuse what they do not expect here.
        package var externalParameters: [String: JSON]
        package var internalParameters: [String: JSON]?
        package var resolvedDependencies: [ResourceDescriptor]?
        package init(
            buildType: String, externalParameters: [String: JSON], internalParameters: [String: JSON]? = nil,
            resolvedDependencies: [ResourceDescriptor]? = nil
        ) {
            self.buildType = buildType
            self.externalParameters = externalParameters
            self.internalParameters = internalParameters
            self.resolvedDependencies = resolvedDependencies
        }
    }

    package struct RunDetails: Hashable, Sendable, Codable {
        package var builder: Builder
        package var metadata: Metadata?
        package var byproducts: [ResourceDescriptor]?
        package init(builder: Builder, metadata: Metadata? = nil, byproducts: [ResourceDescriptor]? = nil) {
            self.builder = builder
            self.metadata = metadata
            self.byproducts = byproducts
        }
    }

    package struct Builder: Hashable, Sendable, Codable {
        /// A URI; it stands for the builder and how far its operator can be trusted.
        package var id: String
        package var version: [String: String]?
        package var builderDependencies: [ResourceDescriptor]?
        package init(id: String, version: [String: String]? = nil, builderDependencies: [ResourceDescriptor]? = nil) {
            self.id = id
            self.version = version
            self.builderDependencies = builderDependencies
        }
    }

    package struct Metadata: Hashable, Sendable, Codable {
        package var invocationId: String?
        package var startedOn: Timestamp?
        package var finishedOn: Timestamp?
        package init(invocationId: String? = nil, startedOn: Timestamp? = nil, finishedOn: Timestamp? = nil) {
            self.invocationId = invocationId
            self.startedOn = startedOn
            self.finishedOn = finishedOn
        }
    }

    package init(buildDefinition: BuildDefinition, runDetails: RunDetails) {
        self.buildDefinition = buildDefinition
        self.runDetails = runDetails
    }

    /// The predicate of a statement of type `PredicateType.slsaProvenance`.
    package func predicate() throws -> JSON { try CanonicalJSON.value(of: self) }
}
