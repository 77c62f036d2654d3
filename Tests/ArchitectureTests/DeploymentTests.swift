// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The units that are handed out keep apart who serves, who builds and who has the keys.
@Suite struct DeploymentTests {
    private func unit(_ name: String) throws -> [String: [String]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: folder.appending(path: "deploy/systemd/" + name), encoding: .utf8)
        let lines = text.replacing("\\\n", with: " ").split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains("=") }
        return Dictionary(
            lines.map { line -> (String, [String]) in
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts[1].split(separator: " ").map(String.init))
            }, uniquingKeysWith: +)
    }

    @Test func `what listens to the network cannot ask for a signature`() throws {
        let (server, signer) = (try unit("ashlar.service"), try unit("ashlar-signer.service"))
        let user = try #require(server["User"]?.first)
        let command = try #require(signer["ExecStart"])
        let allowed = command.indices.filter { command[$0] == "--allow-user" }.map { command[$0 + 1] }
        #expect(allowed == ["ashlar-build"] && !allowed.contains(user))
        let groups = (server["Group"] ?? []) + (server["SupplementaryGroups"] ?? [])
        #expect(!groups.contains("ashlar-sign"))
        #expect(server["InaccessiblePaths"]?.contains("-/run/ashlar-signer") == true)
        #expect(server["InaccessiblePaths"]?.contains("-/etc/ashlar/keys") == true)
        #expect(signer["User"] != server["User"])
    }

    @Test func `what builds may ask for a signature and reads no key`() throws {
        let builder = try unit("ashlar-build.service")
        #expect(builder["User"] == ["ashlar-build"] && builder["SupplementaryGroups"] == ["ashlar-sign"])
        #expect(builder["InaccessiblePaths"]?.contains("-/etc/ashlar/keys") == true)
    }
}
