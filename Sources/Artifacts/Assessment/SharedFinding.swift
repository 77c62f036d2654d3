// SPDX-License-Identifier: Apache-2.0

/// One flaw as the platforms of an image have it: told as it is where it is worst.
package struct SharedFinding: Hashable, Sendable {
    /// What is taken for the same on two platforms.
    package enum Sameness: Sendable {
        /// One advisory in one source package: what the numbers count.
        case flaw
        /// The same in one version, and come in by one path: what has a fix, a place and packages of its own.
        case occurrence
    }
    package struct Place: Hashable, Sendable {
        package var platform: String
        package var finding: AdvisoryFinding
    }

    /// Answered only where it is answered on each, unimportant only where it is so on each.
    package var finding: AdvisoryFinding
    /// In the order of the assessment.
    package var places: [Place]

    /// Each once.
    package var platforms: [String] {
        var seen: Set<String> = []
        return places.map(\.platform).filter { seen.insert($0).inserted }
    }

    /// The findings of platforms, those that are the same put together, in the order of the first of each.
    ///
    /// - Parameter isCounted: what is looked at; what is left out makes nothing worse.
    package static func all(
        of platforms: [PlatformAssessment], by sameness: Sameness = .flaw, where isCounted: (AdvisoryFinding) -> Bool = { _ in true }
    ) -> [SharedFinding] {
        var indexes: [[String]: Int] = [:]
        var shared: [SharedFinding] = []
        for platform in platforms {
            for finding in platform.findings where isCounted(finding) {
                let place = Place(platform: platform.platform, finding: finding)
                let key = finding.identity(sameness)
                if let index = indexes[key] {
                    shared[index].places.append(place)
                    if finding.isWorse(than: shared[index].finding) { shared[index].finding = finding }
                } else {
                    indexes[key] = shared.count
                    shared.append(SharedFinding(finding: finding, places: [place]))
                }
            }
        }
        return shared
    }
}

extension AdvisoryFinding {
    fileprivate func identity(_ sameness: SharedFinding.Sameness) -> [String] {
        let flaw = [advisory, source.name, ecosystem.description]
        return switch sameness {
        case .flaw: flaw
        case .occurrence: flaw + [source.version, path.rawValue]
        }
    }
}
