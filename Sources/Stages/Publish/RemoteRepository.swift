// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI

/// One repository of a registry, for reading.
package struct RemoteRepository: RepositoryReader {
    private let client: RegistryClient
    package let name: RepositoryName

    init(client: RegistryClient, name: RepositoryName) {
        self.client = client
        self.name = name
    }

    package func manifest(_ reference: String) async throws -> Content? { try await client.manifest(reference, in: name) }
    package func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? { try await client.blob(digest, in: name, limit: limit) }
    package func check(_ blob: Descriptor) async throws -> BlobCheck { try await client.check(blob, in: name) }
    package func tags() async throws -> [String]? { try await client.tags(in: name) }
    package func referrers(of digest: Digest) async throws -> [Descriptor] { try await client.referrers(of: digest, in: name) }
}
