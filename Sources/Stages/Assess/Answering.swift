// SPDX-License-Identifier: Apache-2.0
import Artifacts
import OCI
import SBOM
import VEX

/// Asks the statements about each finding of an image.
struct Answering {
    let book: TriageBook
    let subject: AssessmentSubject

    /// The finding with what is said about it. It is settled only when that is said of every package it is about.
    func answer(_ finding: AdvisoryFinding, in components: [InstalledPackage], on platform: PlatformPackages) -> AdvisoryFinding {
        var finding = finding
        var answers: [(package: String, answer: TriageAnswer)] = []
        var open: [String] = []
        var passedOver: [String] = []
        for component in components {
            guard let question = question(finding, component, platform) else {
                open.append(component.name)
                continue
            }
            let verdict = book.verdict(on: question)
            passedOver += verdict.passedOver
            if let answer = verdict.answer { answers.append((component.name, answer)) } else { open.append(component.name) }
        }
        // What does not settle goes before what does.
        if let first = answers.first(where: { !$0.answer.status.settles }) ?? answers.first {
            if open.isEmpty || !first.answer.status.settles {
                finding.answer = Answer(first.answer)
            } else {
                let about = answers.map { "\($0.package): \($0.answer.status.rawValue)" }
                passedOver.append("\(about.joined(separator: ", ")) does not count: nobody speaks of \(open.joined(separator: ", "))")
            }
        }
        var seen: Set<String> = []
        passedOver = passedOver.filter { seen.insert($0).inserted }
        if !passedOver.isEmpty { finding.passedOver = passedOver }
        return finding
    }

    // A statement is about packages that are there, whatever source the flaw came into them from.
    private func question(
        _ finding: AdvisoryFinding, _ component: InstalledPackage, _ platform: PlatformPackages
    ) -> TriageQuestion? {
        guard let purl = component.purl else { return nil }
        return TriageQuestion(
            vulnerability: finding.advisory, aliases: finding.aliases, source: component.source.name,
            sourceVersion: component.source.version, binary: component.name, version: component.version, purl: purl,
            image: subject.place?.image, stream: subject.place?.stream, platform: platform.platform,
            digests: [platform.manifest, subject.digest].compactMap(\.self), repository: subject.place?.repository ?? subject.name)
    }
}

extension Answer {
    init(_ answer: TriageAnswer) {
        let isOwn: Bool
        let source: String
        switch answer.origin {
        case .catalog(let place): (isOwn, source) = (true, "the catalog (\(place))")
        case .foreign(let name, let document, _): (isOwn, source) = (false, "\(name) (\(document))")
        }
        self.init(status: answer.status.rawValue, justification: answer.justification?.rawValue, source: source)
        impact = answer.impact
        action = answer.action
        notes = answer.notes
        author = answer.author
        timestamp = answer.timestamp
        expires = answer.expires
        if isOwn {
            evidence = answer.proofs.map { Evidence(text: $0.evidence, outcome: $0.outcome.rawValue, detail: $0.detail) }
        }
    }
}

extension InstalledPackage {
    /// As statements name it; nil for an ecosystem that has no type of package URL here.
    fileprivate var purl: PackageURL? {
        if let release = ecosystem.release, ecosystem.isDebian {
            return PackageURL.debian(
                name, version: version, architecture: architecture ?? "", release: release, source: source.name,
                sourceVersion: source.version)
        }
        let parts = name.split(separator: ecosystem.name == "Maven" ? ":" : "/").map(String.init)
        let namespace = parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil
        let last = parts.last ?? name
        return switch ecosystem.name {
        case "PyPI": try? PackageURL(type: "pypi", name: name, version: version)
        case "npm": try? PackageURL(type: "npm", namespace: namespace, name: last, version: version)
        case "Go": try? PackageURL(type: "golang", namespace: namespace, name: last, version: version)
        case "Maven": try? PackageURL(type: "maven", namespace: namespace, name: last, version: version)
        default: nil
        }
    }
}
