// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

extension FuzzTarget {
    static let catalog: [FuzzTarget] = [
        FuzzTarget("recipe", weight: 60) { bytes in
            let image = Array("title: Sample\nsummary: A sample.\nlicence: MIT\nstreams: [\"1\"]\nlatest: \"1\"\n".utf8)
            _ = try RecipeLoader(CatalogFiles(["images/sample/image.yaml": image, "images/sample/1.yaml": bytes])).image("sample")
        },
        FuzzTarget("suite", weight: 60) { _ = try RecipeLoader(CatalogFiles(["suites/trixie.yaml": $0])).suite("trixie") },
        FuzzTarget("scripts", weight: 60) { _ = try RecipeLoader(CatalogFiles(["scripts.yaml": $0])).scripts() },
        FuzzTarget("expectations", weight: 60) { _ = try Expectations(reading: $0, file: "expect.yaml") },
        FuzzTarget("lock", weight: 60) { _ = try CanonicalJSON.decode(Lock.self, from: $0, limit: 1 << 20) },
    ]
}
