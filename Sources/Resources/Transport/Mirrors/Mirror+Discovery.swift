// SPDX-License-Identifier: Apache-2.0

extension Mirror {
    /// Finds the mirror: ASHLAR_MIRROR, then `mirror:` of ashlar.yaml, then what apt of this machine uses.
    ///
    /// `readFile` gives nil for a file that is absent; `listFolder` the names in a folder, empty when there is none.
    package static func discover(
        environment: [String: String], configured: String?, readFile: (String) -> [UInt8]?, listFolder: (String) -> [String]
    ) throws(TransportError) -> Mirror {
        if let setting = environment["ASHLAR_MIRROR"], !setting.isEmpty { return try Mirror(setting: setting, origin: "ASHLAR_MIRROR") }
        if let configured, !configured.isEmpty { return try Mirror(setting: configured, origin: "mirror: in ashlar.yaml") }
        let folder = "/etc/apt/sources.list.d"
        let parts = listFolder(folder).filter { $0.hasSuffix(".list") || $0.hasSuffix(".sources") }.sorted().map { "\(folder)/\($0)" }
        var sources: [(source: AptSource, file: String)] = []
        for file in ["/etc/apt/sources.list"] + parts {
            guard let bytes = readFile(file), bytes.count <= AptSources.limit else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            sources += (file.hasSuffix(".sources") ? AptSources.deb822(text) : AptSources.oneLine(text)).map { ($0, file) }
        }
        return try fromApt(sources, readFile: readFile)
    }

    /// Picks the first Debian archive of each base. Sources of other makers, discs and unknown protocols are passed over.
    static func fromApt(_ sources: [(source: AptSource, file: String)], readFile: (String) -> [UInt8]?) throws(TransportError) -> Mirror {
        guard !sources.isEmpty else { throw .mirror(reason: "no apt sources on this machine") }
        var bases: [String: String] = [:]
        var files: [String] = []
        var isUbuntu = false
        for (source, file) in sources {
            guard let uri = reachable(source.uri, readFile: readFile), let address = try? WebAddress(uri) else { continue }
            let path = address.path.trimmingSuffix { $0 == "/" }
            if path.hasSuffix("/ubuntu") || path.hasSuffix("/ubuntu-ports") { isUbuntu = true }
            guard let base = ["debian", "debian-security"].first(where: { path.hasSuffix("/" + $0) }),
                source.suites.contains(where: isDebianSuite), bases[base] == nil
            else { continue }
            bases[base] = (address.scheme == .file ? "file://" + address.path : uri).trimmingSuffix { $0 == "/" }
            if !files.contains(file) { files.append(file) }
        }
        if bases.isEmpty {
            throw .mirror(
                reason: isUbuntu
                    ? "only archives of Ubuntu in this machine's apt sources, which hold no Debian packages"
                    : "no Debian archive in this machine's apt sources")
        }
        return Mirror(bases: bases, origin: files.joined(separator: " and "))
    }

    /// The http, https or file address of a source. A list of mirrors on this machine stands for its first usable line.
    private static func reachable(_ uri: String, readFile: (String) -> [UInt8]?) -> String? {
        guard uri.hasPrefix("mirror+file:") else { return uri }
        let path = "/" + uri.dropFirst("mirror+file:".count).drop { $0 == "/" }
        guard let bytes = readFile(path), bytes.count <= AptSources.limit else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .compactMap { $0.split(whereSeparator: \.isWhitespace).first.map(String.init) }
            .first { (try? WebAddress($0)) != nil }
    }

    /// `trixie`, `trixie-updates`, `stable/updates`: a release of Debian, with or without what is appended to its name.
    static func isDebianSuite(_ suite: String) -> Bool {
        let stem = suite.prefix { $0 != "-" && $0 != "/" }
        return [
            "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "duke", "sid", "stable", "oldstable", "oldoldstable",
            "testing", "unstable", "experimental",
        ].contains(stem)
    }
}
