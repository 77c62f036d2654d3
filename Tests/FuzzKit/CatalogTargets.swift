// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

extension FuzzTarget {
    static let catalog: [FuzzTarget] = [
        FuzzTarget("recipe", weight: 40) { bytes in
            let image = Array("title: Sample\nsummary: A sample.\nlicence: MIT\nstreams: [\"1\"]\nlatest: \"1\"\n".utf8)
            let archive =
                "{suite: trixie, base: debian, keyring: a.gpg, fingerprints: [\(String(repeating: "A", count: 40))], valid-until: true}"
            let suite = Array("name: trixie\narchives: [\(archive)]\n".utf8)
            let files = ["images/sample/image.yaml": image, "images/sample/1.yaml": bytes, "suites/trixie.yaml": suite]
            _ = try RecipeLoader(CatalogFiles(files)).image("sample")
        },
        FuzzTarget("suite", weight: 40) { _ = try RecipeLoader(CatalogFiles(["suites/trixie.yaml": $0])).suite("trixie") },
        FuzzTarget("scripts", weight: 40) { _ = try RecipeLoader(CatalogFiles(["scripts.yaml": $0])).scripts() },
        FuzzTarget("triage", weight: 40) { _ = try RecipeLoader(CatalogFiles(["vex/sample.yaml": $0])).triage() },
        FuzzTarget("expectations", weight: 40) { _ = try Expectations(reading: $0, file: "expect.yaml") },
        FuzzTarget("lock", weight: 40) { _ = try CanonicalJSON.decode(Lock.self, from: $0, limit: 1 << 20) },
    ]
}
