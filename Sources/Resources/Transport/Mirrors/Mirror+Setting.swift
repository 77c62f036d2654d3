// SPDX-License-Identifier: Apache-2.0

extension Mirror {
    /// Reads a setting: one host (`https://host`, every base below it by name) or pairs with commas between, each of a suite or a
    /// base and its address (`trixie-security=https://host/x`).
    ///
    /// `https://host/debian` means the same as `https://host`. `origin` is the name of the setting, for messages.
    package init(setting: String, origin: String) throws(TransportError) {
        var bases: [String: String] = [:]
        var root: String?
        for part in setting.split(separator: ",").map({ $0.drop(while: \.isWhitespace) }).filter({ !$0.isEmpty }) {
            let equals = part.firstIndex(of: "=")
            let name = equals.map { String(part[..<$0]) }
            let isPair = name.map { !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || "-._".contains($0) } } ?? false
            let text = isPair ? equals.map { String(part[part.index(after: $0)...]) } ?? "" : String(part)
            let address = try Self.address(text.trimmingSuffix { $0.isWhitespace || $0 == "/" }, origin: origin)
            if isPair, let name {
                bases[name] = address
            } else {
                guard root == nil else { throw .mirror(reason: "\(origin) with two addresses that have no base name") }
                root = address.hasSuffix("/debian") ? String(address.dropLast("/debian".count)) : address
            }
        }
        guard root != nil || !bases.isEmpty else { throw .mirror(reason: "an empty \(origin)") }
        self.init(bases: bases, root: root, origin: origin)
    }

    private static func address(_ text: String, origin: String) throws(TransportError) -> String {
        do throws(TransportError) {
            let address = try WebAddress(text)
            guard address.query == nil else { throw .mirror(reason: "\(origin) with a question mark") }
            // "file:/srv/mirror" and "file:///srv/mirror" are the same.
            return address.scheme == .file ? "file://" + (address.path == "/" ? "" : address.path) : text
        } catch {
            throw .mirror(reason: "\(origin) with something that is no http, https or file address")
        }
    }
}

extension String {
    func trimmingSuffix(while matches: (Character) -> Bool) -> String {
        var rest = self[...]
        while let last = rest.last, matches(last) { rest = rest.dropLast() }
        return String(rest)
    }
}
