// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records
import Transparency

/// What an auditor begins with: keys, the log, how to verify, how it is counted, the feeds.
struct EvidencePage {
    let context: PageContext
    /// The log's signed checkpoint; nil when this catalog keeps no log.
    let checkpoint: [UInt8]?
    let keys: [PublicKeys.Document]

    var page: CatalogPage {
        let entry = context.entries.first { $0.name == "python" } ?? context.entries.first
        return CatalogPage(
            title: "Evidence", summary: "Keys, the transparency log, how to verify, how findings are counted", section: .evidence,
            content: [
                el("div", .class("wrap evidence")) {
                    el("div", .class("head h-top")) {
                        el("div") {
                            el("h1", text: "Evidence")
                            el(
                                "p", .class("lead"),
                                text:
                                    "Nothing here has to be believed. Each claim comes with the command that checks it, with tools that are not ours too."
                            )
                        }
                    }
                    el("div", .class("two")) {
                        keySection
                        logSection
                    }
                    if let entry { verifySection(entry) }
                    counting
                    el("section", .class("sec"), .id("feeds"), .with("aria-labelledby", "fe")) {
                        el("div", .class("sec-head")) { el("h2", .id("fe"), text: "Feeds") }
                        if context.feeds.isEmpty {
                            note("Nothing assessed yet") {
                                el("p", text: "The feeds stand here as the newest assessment used them.")
                                command("ashlar assess --all")
                            }
                        } else {
                            FeedTable.node(context.feeds, at: context.now)
                        }
                    }
                }
            ])
    }

    private var keySection: Node {
        el("section", .class("block pad"), .with("aria-labelledby", "ke")) {
            el("h2", .id("ke"), text: "Keys")
            if context.hasKey {
                el(
                    "p", .class("s soft"),
                    text:
                        "What a catalog says of its own key proves nothing. Fetch it once, compare it with what its operators publish elsewhere, and keep it."
                )
                command("curl -fsS -o cosign.pub \(context.visitor.origin)/cosign.pub")
                el("ul", .class("gap2 s")) {
                    for key in keys { el("li") { link(.at("keys", key.rawValue), title(key)) } }
                }
            } else {
                el("p", .class("s soft"), text: "The images of this catalog are not signed, or it was not told with which key.")
            }
        }
    }

    private func title(_ key: PublicKeys.Document) -> String {
        switch key {
        case .image: "The key that signs images (cosign.pub)"
        case .log: "The log’s key (log.pub)"
        case .keyring: "The keyring, signed by the offline root key (keyring.json)"
        }
    }

    private var logSection: Node {
        el("section", .class("block pad"), .with("aria-labelledby", "lo")) {
            el("h2", .id("lo"), text: "Transparency log")
            if let checkpoint, let note = try? SignedNote(reading: checkpoint), let tree = try? Checkpoint(reading: note.text) {
                el(
                    "p", .class("s soft"),
                    text:
                        "Every signature is an entry. Entries are never changed or taken away, and whoever kept a checkpoint can prove it.")
                let lines = String(decoding: checkpoint.prefix(1000), as: UTF8.self).split(
                    separator: "\n", omittingEmptySubsequences: false)
                facts([
                    ("Name", mono(lines.first.map(String.init) ?? "")), ("Entries", .text("\(tree.size)")),
                    ("Root", mono(lines.count > 2 ? String(lines[2]) : "")),
                    ("Checkpoint", link(.at("log", "checkpoint"), "/log/checkpoint")),
                ])
                command("ashlar log verify")
            } else {
                el("p", .class("s soft"), text: "This catalog keeps no transparency log yet.")
            }
        }
    }

    private func verifySection(_ entry: ImageEntry) -> Node {
        let flag = context.visitor.isSecure ? "" : " --allow-http-registry"
        return el("section", .class("sec"), .with("aria-labelledby", "ve")) {
            el("div", .class("sec-head")) {
                el("h2", .id("ve"), text: "How to verify")
                el("p", .class("sec-note"), text: "With \(entry.reference) as the example.")
            }
            el("div", .class("two")) {
                el("div", .class("block pad")) {
                    el("h3", text: "Everything at once")
                    command("ashlar verify \(context.ours(entry)) --key cosign.pub")
                    el("h3", .class("gap2"), text: "Offline, from a folder")
                    command("ashlar push \(entry.reference) oci:image\nashlar verify oci:image --key cosign.pub")
                }
                el("div", .class("block pad")) {
                    el("h3", text: "With cosign")
                    command("cosign verify --key cosign.pub --insecure-ignore-tlog=true\(flag) \\\n  \(context.pinned(entry))")
                    el(
                        "p", .class("s soft gap2"),
                        text:
                            "The flag says that no public transparency log is asked; the catalog’s own is checked by ashlar verify --log-key."
                    )
                }
            }
        }
    }

    private var counting: Node {
        el("section", .class("sec"), .id("counting"), .with("aria-labelledby", "co")) {
            el("div", .class("sec-head")) { el("h2", .id("co"), text: "How we count") }
            el("div", .class("two")) {
                note("Three numbers, always") {
                    el("ul") {
                        el(
                            "li",
                            text: "All findings: one for each advisory in one source package, however many packages were built from it.")
                        el("li", text: "Minus unimportant: without what Debian’s security team sees no impact of.")
                        el(
                            "li",
                            text: "After VEX: without what a statement says does not apply or is fixed. Under investigation counts as left."
                        )
                    }
                }
                note("What the words mean") {
                    el("ul") {
                        el("li", text: "At least: data is old, partial or a snapshot, so the numbers are lower bounds.")
                        el("li", text: "Unknown: a feed that is needed is missing, so the numbers say nothing.")
                        el("li", text: "Not assessed: nobody looked. No number means no number, not zero.")
                    }
                }
            }
        }
    }
}
