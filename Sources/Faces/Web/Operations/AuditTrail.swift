// SPDX-License-Identifier: Apache-2.0
import Base
package import Journal

/// What was written by whom, and what was refused to whom: two journals, so that a flood of refusals pushes no write out.
package struct AuditTrail: Sendable {
    private let writes: FileJournal
    private let refusals: FileJournal

    package init(folder: String, limits: FileJournal.Limits) throws(JournalError) {
        writes = try FileJournal(folder: folder, name: "writes", limits: limits)
        refusals = try FileJournal(folder: folder, name: "refusals", limits: limits)
    }

    /// One request, as it is kept. No query, no header but the program's name, no body.
    struct Entry {
        var request: String
        var caller: String?
        var address: String
        var method: String
        var path: String
        var status: Int
        /// Why it was refused: `UNAUTHORIZED`, `DENIED`.
        var code: String?
        var digest: String?
        var agent: String?
    }

    func wrote(_ entry: Entry, at time: Timestamp) throws(JournalError) { try writes.append(json("write", entry, time), at: time) }
    func refused(_ entry: Entry, at time: Timestamp) throws(JournalError) { try refusals.append(json("refusal", entry, time), at: time) }

    /// Makes what was kept durable.
    func sync() throws(JournalError) {
        try writes.sync()
        try refusals.sync()
    }

    private func json(_ event: String, _ entry: Entry, _ time: Timestamp) -> JSON {
        var members: [String: JSON] = [
            "time": JSON(time.description), "event": JSON(event), "request": JSON(entry.request), "address": JSON(entry.address),
            "method": JSON(entry.method), "path": JSON(String(entry.path.prefix(600))), "status": JSON(entry.status),
        ]
        if let caller = entry.caller { members["caller"] = JSON(String(caller.prefix(700))) }
        if let code = entry.code { members["code"] = JSON(code) }
        if let digest = entry.digest { members["digest"] = JSON(digest) }
        if let agent = entry.agent { members["agent"] = JSON(String(agent.prefix(120))) }
        return .object(members)
    }
}
