// SPDX-License-Identifier: Apache-2.0

/// What php-common's `phpenmod` and ucf would do: php.ini from the packaged production file, and every extension enabled.
enum PHPModules {
    static func generate(version: String, interfaces: [String], _ inputs: some StepInputs) throws -> [Generated] {
        let owner = "recipe:steps/php-modules"
        var generated: [Generated] = []
        for interface in interfaces {
            let name = interface == "cli" ? "php.ini-production.cli" : "php.ini-production"
            let path = "usr/lib/php/\(version)/\(name)"
            guard let ini = try inputs.bytes(of: path) else { throw AssembleError.missingInput(step: "php-modules", path: path) }
            generated.append(Generated(path: "etc/php/\(version)/\(interface)/php.ini", content: .file(ini), mode: 0o644, owner: owner))
        }
        for path in inputs.files(below: "usr/share") where isModule(path, version: version) {
            guard let ini = try inputs.bytes(of: path), let file = path.split(separator: "/").last else { continue }
            let available = "etc/php/\(version)/mods-available/\(file)"
            generated.append(Generated(path: available, content: .file(ini), mode: 0o644, owner: owner))
            for interface in interfaces {
                let link = "etc/php/\(version)/\(interface)/conf.d/\(priority(of: ini))-\(file)"
                generated.append(.link(link, to: "/" + available, owner: owner))
            }
        }
        return generated
    }

    // usr/share/php8.4-mysql/mysql/mysqlnd.ini
    private static func isModule(_ path: String, version: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count == 5 && parts[2].hasPrefix("php\(version)-") && path.hasSuffix(".ini")
    }

    private static func priority(of ini: [UInt8]) -> String {
        for line in ini.split(separator: 0x0A) {
            let text = String(decoding: line, as: UTF8.self).filter { $0 != " " }
            if text.hasPrefix(";priority=") { return String(text.dropFirst(10).prefix { $0.isNumber }) }
        }
        return "20"
    }
}
