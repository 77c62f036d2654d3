// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Blobs
import Pipeline
import Publish
import Records

/// Signs assessments as scans and publishes them beside their images.
struct ScanSigning {
    let settings: Settings
    let environment: [String: String]

    /// - Throws: the first refusal, after the others were signed: one image with gaps keeps no other from its scan.
    func sign(_ found: [AssessedRelease]) async throws {
        let progress = Progress()
        let workshop = try Workshop(settings, environment: environment)
        defer { workshop.signers.close() }
        var refusals: [any Error] = []
        try await StoreLock.whileHeld(store: settings.store) {
            let signer = try await workshop.signer()
            let place = ScanPublisher(
                attestor: try Attestor(signer: signer, log: try workshop.log(signer)), publisher: Publisher(), blobs: try workshop.blobs(),
                records: try workshop.records())
            for one in found {
                let (release, assessment) = (one.release, one.assessment)
                do {
                    let claims = try ScanWriter(version: Version.text).claims(about: release, assessment)
                    let count = try await place.publish(claims, about: release, at: assessment.assessed)
                    progress.say("\(release.repository):\(release.buildTag)  " + (count == 0 ? "scan stands" : "scan signed"))
                } catch let error as ScanError { refusals.append(error) }
            }
        }
        if let first = refusals.first as? ScanError, refusals.count == 1 { throw first }
        if !refusals.isEmpty { throw Diagnoses(refusals.compactMap { ($0 as? any Diagnosable)?.diagnosis }) }
    }
}
