// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// The pages of one build: what they have in common.
struct ImagePages {
    let entry: ImageEntry
    let context: PageContext
    let documents: EvidenceReader
    let remediation: RemediationShelf

    enum Tab: String, CaseIterable {
        case overview, vulnerabilities, clock, sbom, provenance, layers, builds, tests, specification

        var title: String {
            switch self {
            case .sbom: "SBOM"
            default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
            }
        }
    }

    var release: Release { entry.release }
    /// All streams of the image, this one among them.
    var streams: [ImageEntry] { context.entries.filter { $0.name == entry.name } }

    func address(_ tab: Tab, query: [(String, String)] = []) -> Address {
        tab == .overview ? .at("images", entry.name, release.stream, query: query) : entry.address(tab.rawValue, query: query)
    }

    /// Where a table of a tab can be had, narrowed and sorted as it is shown.
    func download(_ tab: Tab, _ kind: Grid.Download) -> Address {
        entry.address("\(tab.rawValue).\(kind.rawValue)", query: context.query.parameters.filter { $0.0 != "page" })
    }

    /// The platform that the address names, else the first.
    var platform: ReleasePlatform? {
        release.platforms.first { $0.platform.description == context.query["platform"] } ?? release.platforms.first
    }

    func page(_ tab: Tab, _ content: [Node]) -> CatalogPage {
        CatalogPage(
            title: tab == .overview ? entry.reference : "\(tab.title) of \(entry.reference)",
            summary: "\(entry.reference): how to pull it, what is in it, what is known to be wrong with it", image: entry.name,
            section: .images,
            content: [
                el("div", .class("wrap")) {
                    head
                    trouble
                    tabs(tab)
                    content
                }
            ])
    }

    private var head: [Node] {
        [
            el("nav", .class("crumbs"), .label("Breadcrumb")) {
                link(.at(), "Images")
                el("span", .with("aria-hidden", "true"), text: "/")
                link(.at("images", entry.name), entry.name)
                el("span", .with("aria-hidden", "true"), text: "/")
                el("span", text: release.stream)
            },
            el("div", .class("head")) {
                el("div") {
                    el("h1") {
                        entry.name + " "
                        el("span", .class("ver"), text: release.stream)
                    }
                    el("p", .class("lead"), text: release.summary)
                }
                el("div", .class("seals")) {
                    if entry.isSigned {
                        seal("ok", "signed", "Signed", address(.provenance))
                    } else {
                        seal("no", "fail", "Not signed", address(.provenance))
                    }
                    testSeal(entry, entry.contract)
                }
            },
        ]
    }

    /// That the last try to bring it up to date failed.
    private var trouble: Node {
        guard let change = entry.failed, let failure = change.failure else { return .nothing }
        return el("p", .class("block pad2"), .with("role", "status")) {
            state("watch", "warn", "The last update failed")
            " on "
            moment(failure.at)
            ": \(failure.summary). "
            "This release stays in service"
            if let due = change.due {
                "; it is tried again on "
                moment(due)
            }
            "."
        }
    }

    private func tabs(_ current: Tab) -> Node {
        el("nav", .class("tabs"), .label(entry.reference)) {
            for tab in Tab.allCases {
                let count = count(of: tab)
                let content: [Node] = [.text(tab.title)] + (count.map { [.text(" "), el("b", text: $0)] } ?? [])
                Node.element(
                    "a", [.href(address(tab))] + (tab == current ? [.with("aria-current", "page")] : []), content)
            }
        }
    }

    private func count(of tab: Tab) -> String? {
        switch tab {
        case .vulnerabilities: entry.assessment.map { $0.completeness.level == .unknown ? "?" : "\($0.counts.all.total)" }
        case .sbom: release.platforms.first.map { "\($0.packageCount)" }
        case .tests: entry.contract.passed > 0 ? "\(entry.contract.passed)" : nil
        default: nil
        }
    }

    /// Links that choose the platform a table is about.
    func platformChoice(_ tab: Tab) -> Node {
        guard release.platforms.count > 1 else { return .nothing }
        return el("nav", .class("filters"), .label("Platform")) {
            for one in release.platforms {
                Node.element(
                    "a",
                    [.class("chip"), .href(.query(context.query.with("platform", one.platform.description)))]
                        + (one.manifest == platform?.manifest ? [.with("aria-current", "true")] : []),
                    [.text(one.platform.description)])
            }
        }
    }

    func blob(_ digest: Digest) -> Address { .at("v2", entry.name, "blobs", digest.description) }
    func manifest(_ digest: Digest) -> Address { .at("v2", entry.name, "manifests", digest.description) }
}
