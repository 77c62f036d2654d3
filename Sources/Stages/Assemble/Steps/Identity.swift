// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Who and what the image says it is: accounts, name service, os-release, time zone.
enum IdentitySteps {
    /// /etc/passwd and /etc/group with root, nobody and the recipe's own; no shadow, since there are no passwords.
    static func accounts(_ recipe: Recipe) -> [Generated] {
        let users = (builtInUsers.filter { own in !recipe.users.contains { $0.name == own.name } } + recipe.users)
            .sorted { ($0.uid, $0.name) < ($1.uid, $1.name) }
        let groups = (builtInGroups.filter { own in !recipe.groups.contains { $0.name == own.name } } + recipe.groups)
            .sorted { ($0.gid, $0.name) < ($1.gid, $1.name) }
        let owner = "recipe:steps/accounts"
        let passwd = users.map { "\($0.name):x:\($0.uid):\($0.gid):\($0.name):\($0.home):/usr/sbin/nologin\n" }.joined()
        let group = groups.map { "\($0.name):x:\($0.gid):\n" }.joined()
        let homes = recipe.users.filter { !["/", "/nonexistent", "/root"].contains($0.home) }.map {
            Generated.directory(String($0.home.drop { $0 == "/" }), mode: 0o700, uid: $0.uid, gid: $0.gid, owner: owner)
        }
        return [.file("etc/passwd", passwd, owner: owner), .file("etc/group", group, owner: owner)] + homes
    }

    private static let builtInUsers = [
        User(name: "root", uid: 0, gid: 0, home: "/root"), User(name: "nobody", uid: 65534, gid: 65534, home: "/nonexistent"),
    ]
    private static let builtInGroups = [Group(name: "root", gid: 0), Group(name: "nogroup", gid: 65534)]

    static func nsswitch() -> [Generated] {
        // Only sources whose modules are built into glibc; `db` and `nis` of the packaged file need modules that are not there.
        let lines = [
            "passwd: files", "group: files", "shadow: files", "hosts: files dns", "networks: files", "protocols: files", "services: files",
            "ethers: files", "rpc: files",
        ]
        return [.file("etc/nsswitch.conf", lines.joined(separator: "\n") + "\n", owner: "recipe:steps/nsswitch")]
    }

    /// Keeps ID, VERSION_ID and codename of Debian, so that every scanner finds its advisories; names the image in NAME.
    static func osRelease(_ recipe: Recipe, _ inputs: some StepInputs) throws -> [Generated] {
        guard let packaged = try inputs.bytes(of: "usr/lib/os-release") else {
            throw AssembleError.missingInput(step: "os-release", path: "usr/lib/os-release")
        }
        let kept = ["VERSION_ID", "VERSION", "VERSION_CODENAME", "DEBIAN_VERSION_FULL", "ID"]
        let lines = String(decoding: packaged, as: UTF8.self).split(separator: "\n").filter { line in
            kept.contains { line.hasPrefix($0 + "=") }
        }
        let own = [
            #"PRETTY_NAME="Ashlar \#(recipe.reference) (Debian GNU/Linux)""#, #"NAME="Ashlar""#, #"VARIANT_ID="\#(recipe.name)""#,
            #"HOME_URL="https://www.debian.org/""#,
        ]
        let text = (own + lines.map(String.init)).joined(separator: "\n") + "\n"
        return [
            .file("usr/lib/os-release", text, owner: "recipe:steps/os-release"),
            .link("etc/os-release", to: "../usr/lib/os-release", owner: "recipe:steps/os-release"),
        ]
    }

    static func timeZone() -> [Generated] {
        [.link("etc/localtime", to: "/usr/share/zoneinfo/Etc/UTC", owner: "recipe:steps/time-zone")]
    }

    /// Mount points and directories every runtime and most programs expect.
    static func expectedByRuntimes() -> [Generated] {
        let owner = "recipe:directories"
        return [
            .directory("tmp", mode: 0o1777, owner: owner), .directory("var/tmp", mode: 0o1777, owner: owner),
            .directory("root", mode: 0o700, owner: owner), .directory("run", mode: 0o755, owner: owner),
            .directory("proc", mode: 0o555, owner: owner), .directory("sys", mode: 0o555, owner: owner),
            .directory("dev", mode: 0o755, owner: owner), .link("var/run", to: "/run", owner: owner),
            // Runtimes bind these over; without them they would be created in the image's upper layer.
            .file("etc/hosts", "", owner: owner), .file("etc/resolv.conf", "", owner: owner), .file("etc/hostname", "", owner: owner),
        ]
    }
}
