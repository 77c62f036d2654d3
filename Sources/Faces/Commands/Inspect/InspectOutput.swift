// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Ecosystems

/// What was found in an image, for people.
struct InspectOutput {
    let inventory: ForeignInventory
    let listsPackages: Bool

    var text: String {
        (head + packages + surface + secrets + unread + list).map(Terminal.clean).joined(separator: "\n")
    }

    private var head: [String] {
        let subject = inventory.subject
        var lines = [subject.reference]
        func fact(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("  " + name + String(repeating: " ", count: max(1, 16 - name.count)) + value)
        }
        fact("index", subject.index?.description)
        fact("manifest", subject.manifest?.description)
        fact("platform", subject.platform)
        fact(
            "distribution",
            inventory.distribution.map { $0.name ?? [$0.identifier, $0.version].compactMap(\.self).joined(separator: " ") } ?? "none said")
        fact("created", subject.created?.description)
        if let packed = inventory.packedSize {
            fact("layers", "\(inventory.layers.count), \(Size.text(packed)) to pull")
        }
        fact("files", "\(inventory.files.count), \(Size.text(inventory.size)) unpacked")
        let stray = inventory.files.filter { $0.owner == nil && $0.kind == .file }
        fact("stray files", "\(stray.count) that no package lists, \(Size.text(stray.reduce(0) { $0 + $1.size }))")
        fact("runs", (subject.entrypoint + subject.command).joined(separator: " "))
        return lines
    }

    private var packages: [String] {
        var lines = ["", "packages"]
        var table = Table(header: ["", "KIND", "INSTALLED", "OF A SYSTEM PACKAGE", "DECLARED ONLY"])
        for ecosystem in PackageType.allCases {
            let own = inventory.packages.filter { $0.ecosystem == ecosystem }
            guard !own.isEmpty else { continue }
            let installed = own.filter { $0.state == .installed }
            table.rows.append([
                "", ecosystem.title, "\(installed.count)", "\(installed.count { $0.owner != nil })", "\(own.count - installed.count)",
            ])
        }
        lines += table.rows.isEmpty ? ["  none found"] : table.text.split(separator: "\n").map(String.init)
        return lines + ["  vulnerabilities: not assessed here; see `ashlar assess`"]
    }

    private var surface: [String] {
        let surface = inventory.surface
        var lines = ["", "attack surface"]
        func count(_ name: String, _ paths: [String], showing limit: Int = 6) {
            var line = "  " + name + String(repeating: " ", count: max(1, 24 - name.count)) + "\(paths.count)"
            if !paths.isEmpty, limit > 0 {
                line += "  " + paths.prefix(limit).joined(separator: " ") + (paths.count > limit ? " …" : "")
            }
            lines.append(line)
        }
        count("programs", surface.binaries, showing: 0)
        count("shells", surface.shells)
        count("package managers", surface.packageManagers)
        count("compilers, fetchers", surface.tools)
        count("setuid", surface.setuid)
        count("setgid", surface.setgid)
        count("capabilities", surface.capabilities)
        count("writable by everybody", surface.worldWritable)
        count("ports exposed", surface.ports)
        count("accounts", surface.users.map(\.name), showing: 0)
        count("login shells", surface.users.filter(\.canLogIn).map(\.name))
        lines.append("  user                    " + (inventory.subject.user ?? "none said") + (surface.runsAsRoot ? ", which is root" : ""))
        return lines
    }

    private var secrets: [String] {
        guard !inventory.secrets.isEmpty else { return ["", "secrets", "  none of the known kinds"] }
        return ["", "secrets"]
            + inventory.secrets.prefix(100).map { secret in
                let place =
                    secret.isHidden ? "in layer \(secret.layer + 1), hidden by a later one and still there" : "in layer \(secret.layer + 1)"
                return "  /\(secret.path)  \(secret.kinds.joined(separator: ", "))  \(place)"
            }
    }

    private var unread: [String] {
        guard !inventory.unread.isEmpty else { return ["", "not read", "  nothing: all layers and files were"] }
        return ["", "not read: the image may hold more than is shown"]
            + inventory.unread.prefix(50).map { "  layer \($0.layer + 1)  /\($0.path)  \($0.reason)" }
            + (inventory.unread.count > 50 ? ["  and \(inventory.unread.count - 50) more; see --format json"] : [])
    }

    private var list: [String] {
        guard listsPackages else { return [] }
        var table = Table(header: ["PACKAGE", "VERSION", "KIND", "LICENCE", "LAYER", "PATH"])
        for package in inventory.packages {
            let kind = package.ecosystem.rawValue + (package.state == .declared ? ", declared" : package.owner.map { ", of \($0)" } ?? "")
            table.rows.append([
                package.name, package.version, kind, String((package.license ?? "").prefix(40)), "\(package.layer + 1)", "/" + package.path,
            ])
        }
        return [""] + table.text.split(separator: "\n").map(String.init)
    }
}
