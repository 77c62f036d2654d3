// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// Settles what a container of the rebased image is run with: what the application left as the old base had it follows the new base,
/// what it set stays. Where both changed the same thing the application's value stands, and is told.
package struct SettingsMerge: Sendable {
    package private(set) var kept: [KeptSetting] = []

    /// Members of which each key is a setting by itself.
    private static let sets: Set<String> = ["Labels", "ExposedPorts", "Volumes"]

    package init() {}

    /// Merges the `config` objects of three image configurations.
    package mutating func merge(_ application: JSON?, from old: JSON?, onto new: JSON?) -> JSON {
        let (mine, before, after) = (application?.object ?? [:], old?.object ?? [:], new?.object ?? [:])
        var result: [String: JSON] = [:]
        for name in Set(mine.keys).union(after.keys).union(before.keys).subtracting(["Entrypoint", "Cmd"]).sorted() {
            let value: JSON? =
                if name == "Env" {
                    environment(mine[name], before[name], after[name])
                } else if Self.sets.contains(name) {
                    members(name, mine[name], before[name], after[name])
                } else {
                    choose(name, mine[name], before[name], after[name])
                }
            result[name] = value
        }
        for (name, value) in command(mine, before, after) { result[name] = value }
        return .object(result)
    }

    /// Merges texts under names, such as annotations, of which only those count that the application has: builders that do not take
    /// over those of the base leave none behind.
    package static func inherited(_ application: [String: String], from old: [String: String], onto new: [String: String]) -> [String:
        String]
    {
        var result: [String: String] = [:]
        for (key, value) in application { result[key] = old[key] == value ? new[key] : value }
        return result
    }

    private mutating func choose(_ name: String, _ mine: JSON?, _ before: JSON?, _ after: JSON?) -> JSON? {
        let (mine, before, after) = (Self.given(mine), Self.given(before), Self.given(after))
        if mine == before { return after }
        if after != before, after != mine {
            kept.append(
                KeptSetting(
                    name: name, application: mine?.canonicalText, oldBase: before?.canonicalText, newBase: after?.canonicalText))
        }
        return mine
    }

    // Nothing, null and empty values mean the same to a runtime.
    private static func given(_ value: JSON?) -> JSON? {
        switch value {
        case nil, .null?: nil
        case .array(let items)? where items.isEmpty: nil
        case .object(let members)? where members.isEmpty: nil
        case .string(let text)? where text.isEmpty: nil
        case .bool(false)?: nil
        case let value?: value
        }
    }

    private mutating func members(_ name: String, _ mine: JSON?, _ before: JSON?, _ after: JSON?) -> JSON? {
        let (mine, before, after) = (mine?.object ?? [:], before?.object ?? [:], after?.object ?? [:])
        var result: [String: JSON] = [:]
        for key in Set(mine.keys).union(before.keys).union(after.keys).sorted() {
            // The values of a set are empty objects: being there is what counts.
            func marked(_ value: JSON?) -> JSON? { name == "Labels" ? value : value.map { _ in .bool(true) } }
            guard let chosen = choose("\(name) \(key)", marked(mine[key]), marked(before[key]), marked(after[key])) else { continue }
            result[key] = name == "Labels" ? chosen : .object([:])
        }
        return result.isEmpty ? nil : .object(result)
    }

    // In the order of the new base, then what the application added in its order. The last of two values counts, as it does at run time.
    private mutating func environment(_ mine: JSON?, _ before: JSON?, _ after: JSON?) -> JSON? {
        func read(_ value: JSON?) -> (names: [String], values: [String: String]) {
            var (names, values): ([String], [String: String]) = ([], [:])
            for text in value?.array?.compactMap(\.string) ?? [] {
                let name = String(text.prefix { $0 != "=" })
                if values.updateValue(text, forKey: name) == nil { names.append(name) }
            }
            return (names, values)
        }
        let (mine, before, after) = (read(mine), read(before), read(after))
        var seen: Set<String> = []
        var result: [JSON] = []
        for name in after.names + mine.names where seen.insert(name).inserted {
            func text(_ values: [String: String]) -> JSON? { values[name].map { JSON($0) } }
            if let chosen = choose("Env \(name)", text(mine.values), text(before.values), text(after.values)) { result.append(chosen) }
        }
        return result.isEmpty ? nil : .array(result)
    }

    // What is run is one thing in two members: builders empty Cmd when Entrypoint is set, and the base's must not come back then.
    private mutating func command(_ mine: [String: JSON], _ before: [String: JSON], _ after: [String: JSON]) -> [String: JSON] {
        func pair(_ members: [String: JSON]) -> [JSON?] { [Self.given(members["Entrypoint"]), Self.given(members["Cmd"])] }
        let (own, old, new) = (pair(mine), pair(before), pair(after))
        var chosen = own
        if own == old {
            chosen = new
        } else if own[0] == old[0] {
            // Arguments of its own for the base's program.
            chosen[0] = new[0]
            if new != old, new != own { note("Cmd", own[1], old[1], new[1], unless: new[0] == old[0] && new[1] == old[1]) }
        } else if new != old, new != own {
            note("Entrypoint", own[0], old[0], new[0], unless: new[0] == old[0])
            note("Cmd", own[1], old[1], new[1], unless: new[1] == old[1])
        }
        var result: [String: JSON] = [:]
        if let value = chosen[0] { result["Entrypoint"] = value }
        if let value = chosen[1] { result["Cmd"] = value }
        return result
    }

    private mutating func note(_ name: String, _ mine: JSON?, _ before: JSON?, _ after: JSON?, unless isSame: Bool) {
        guard !isSame else { return }
        kept.append(
            KeptSetting(name: name, application: mine?.canonicalText, oldBase: before?.canonicalText, newBase: after?.canonicalText))
    }
}
