// SPDX-License-Identifier: Apache-2.0
import Base
import Pipeline
import Signing
import Sigstore

extension FuzzTarget {
    static let signing: [FuzzTarget] = [
        // What a signer is asked to sign is in the one form that this program writes, or refused.
        FuzzTarget("notation-input") { bytes in
            let digest = try NotationEnvelope.target(ofSigningInput: bytes)
            guard !text(bytes).contains("="), digest.hex.count == 64 else { throw FuzzFailure(reason: "another form was taken") }
        },
        FuzzTarget("signer-request") { bytes in
            guard try SignerRequest(reading: bytes).bytes == bytes else { throw FuzzFailure(reason: "a request has two spellings") }
        },
        FuzzTarget("signer-answer", reading: { try SignerAnswer(reading: $0) }, writing: { $0.bytes }),
        rewriting("verification-summary") {
            try CanonicalJSON.decode(VerificationSummary.self, from: $0, limit: 1 << 20).predicate().canonicalBytes
        },
        rewriting("verification-result") {
            try CanonicalJSON.encode(CanonicalJSON.decode(SimpleVerificationResult.self, from: $0, limit: 1 << 20))
        },
        FuzzTarget("recipe-tree") { bytes in
            let tree = try RecipeTree(reading: bytes)
            guard tree.files.keys.allSatisfy({ !$0.hasPrefix("/") && !$0.split(separator: "/").contains("..") }) else {
                throw FuzzFailure(reason: "a path that leaves the folder")
            }
        },
    ]
}
