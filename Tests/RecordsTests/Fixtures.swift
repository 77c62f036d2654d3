// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

enum Fixture {
    static func manifest(_ name: String, subject: Digest? = nil, type: String? = nil, references: [String] = []) -> Publication.Manifest {
        Publication.Manifest(
            digest: .sha256(of: name), mediaType: MediaType.manifest, size: name.utf8.count, subject: subject, artifactType: type,
            annotations: ["title": name], references: references.map { .sha256(of: $0) })
    }

    static func publication(
        _ repository: String = "python", manifest name: String = "m1", tags: [String] = ["3.13"], buildTag: String = "3.13.5-r1",
        stream: String = "3.13", created: Int = 1000
    ) -> Publication {
        let manifest = manifest(name, references: ["layer-" + name, "config-" + name])
        let all = Dictionary(uniqueKeysWithValues: (tags + [buildTag]).map { ($0, manifest.digest) })
        let release = Release(
            repository: repository, stream: stream, version: "3.13.5", buildTag: buildTag, tags: tags, index: manifest.digest,
            platforms: [
                ReleasePlatform(
                    platform: .amd64, manifest: manifest.digest, compressedSize: 10, unpackedSize: 20, packageCount: 3, contractPassed: 1,
                    contractFailed: 0, contractNotRun: 0)
            ], created: Timestamp(seconds: created), title: "Python", summary: "The language", endOfLife: nil, lock: .sha256(of: "lock"))
        return Publication(repository: repository, manifests: [manifest], tags: all, immutableTags: [buildTag], release: release)
    }
}
