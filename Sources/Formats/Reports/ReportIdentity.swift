// SPDX-License-Identifier: Apache-2.0
import Base

/// What readers know an image and a finding by from one report to the next.
///
/// A flaw stays the same flaw when its package gets another version or the image is built again, so neither a version nor a digest is in
/// its identity; except where one report has two that nothing else tells apart.
struct ReportIdentity: Sendable {
    private let images: [String: Int]
    private let findings: [[String]: Int]

    init(_ report: Report) {
        images = Dictionary(report.images.map { ($0.name, 1) }, uniquingKeysWith: +)
        var findings: [[String]: Int] = [:]
        for image in report.images {
            let name = Self.name(of: image, images)
            for finding in image.findings { findings[Self.flaw(finding, name), default: 0] += 1 }
        }
        self.findings = findings
    }

    /// Of several builds of one stream each has its digest with it.
    func name(of image: ReportedImage) -> String { Self.name(of: image, images) }

    private static func name(of image: ReportedImage, _ images: [String: Int]) -> String {
        guard images[image.name, default: 0] > 1, let digest = image.digest else { return image.name }
        return "\(image.name)@\(digest)"
    }

    /// The parts of a finding's identity; no two findings of a report have the same.
    func parts(of finding: ReportedFinding, in image: ReportedImage) -> [String] {
        let flaw = Self.flaw(finding, name(of: image))
        return isAlone(finding, image) ? flaw : flaw + [finding.sourceVersion]
    }

    /// The package that has the flaw, as readers show it and tell it apart: its source, which its binary packages share.
    func package(of finding: ReportedFinding, in image: ReportedImage) -> String {
        finding.source + (isAlone(finding, image) ? "" : " " + finding.sourceVersion) + (finding.isCopy ? " (copy)" : "")
    }

    private func isAlone(_ finding: ReportedFinding, _ image: ReportedImage) -> Bool {
        findings[Self.flaw(finding, name(of: image)), default: 0] <= 1
    }

    private static func flaw(_ finding: ReportedFinding, _ image: String) -> [String] {
        [image, finding.id, finding.ecosystem, finding.source, finding.isCopy ? "copy" : ""]
    }
}
