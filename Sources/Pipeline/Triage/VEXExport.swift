// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
package import Base
import SBOM
package import VEX

/// Writes what is known about published images as a folder of files, in one of the formats that others read.
package struct VEXExport: Sendable {
    package enum Format: String, Sendable, CaseIterable { case openvex, csaf, cyclonedx, repository }

    private let author: String
    private let tooling: String
    private let version: String
    private let now: Timestamp

    package init(author: String, version: String, now: Timestamp) {
        self.author = author
        self.version = version
        self.now = now
        tooling = "ashlar \(version)"
    }

    /// What is told about one release as a whole.
    package struct Item: Sendable {
        /// `python`.
        package var name: String
        /// `3.13-dev`.
        package var stream: String
        /// `python:3.13-dev`.
        package var reference: String
        package var index: Digest
        /// About the index and, in it, its platforms.
        package var document: VEXDocument
        package init(name: String, stream: String, reference: String, index: Digest, document: VEXDocument) {
            self.name = name
            self.stream = stream
            self.reference = reference
            self.index = index
            self.document = document
        }
    }

    /// Relative paths -> bytes. Only what holds is in it.
    ///
    /// - Parameters:
    ///   - address: where the folder will be served, for the formats that say so themselves: `https://vex.example.org`.
    ///   - bill: the bill of materials in CycloneDX that was signed and published about a platform of an image; nil when there is none.
    package func files(
        _ format: Format, of checks: [TriageCheck], address: String, bill: (TriageCheck, Digest) throws -> JSON?
    ) throws -> [String: [UInt8]] {
        switch format {
        case .openvex: try openVEX(checks)
        case .csaf: csaf(items(checks), address)
        case .cyclonedx: try cycloneDX(checks, bill)
        case .repository: try archive(items(checks), address, .withDocuments)
        }
    }

    /// What a server answers with below its address: the manifest of a VEX repository with its archive, and CSAF. Nothing when nothing
    /// is told.
    package func served(_ items: [Item]) throws -> ServedStatements {
        guard !items.isEmpty else { return ServedStatements() }
        var served = ServedStatements()
        let folder = ServedStatements.csaf
        served.fixed["vex.tar.gz"] = try archive(items, "", .alone)["vex.tar.gz"]
        served.perAddress[".well-known/vex-repository.json"] = { manifest(at: $0).prettyBytes }
        var listed: [(path: String, updated: Timestamp)] = []
        for item in items {
            let path = CSAFProvider.path(of: Self.identifier(item), released: item.document.timestamp)
            listed.append((path, Self.updated(item)))
            served.perAddress[folder + path] = { advisory(item, at: $0) }
            served.perAddress[folder + path + ".sha256"] = { CSAFProvider.hash(of: advisory(item, at: $0), at: path) }
        }
        for (path, bytes) in CSAFProvider.lists(listed) { served.fixed[folder + path] = bytes }
        let updated = listed.map(\.updated).max() ?? Timestamp(seconds: 0)
        served.perAddress[folder + "provider-metadata.json"] = { provider(at: $0).metadata(updated: updated).prettyBytes }
        return served
    }

    private func document(_ check: TriageCheck, about subject: Digest) -> VEXDocument? {
        TriageDocument(about: check.image, check.own, now: now).vex(about: subject, author: author, tooling: tooling)
    }

    private func items(_ checks: [TriageCheck]) -> [Item] {
        checks.compactMap { check in
            document(check, about: check.image.index).map {
                Item(
                    name: check.image.name, stream: check.image.stream, reference: check.reference, index: check.image.index, document: $0)
            }
        }
    }

    // MARK: - OpenVEX

    private func openVEX(_ checks: [TriageCheck]) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for check in checks {
            for subject in [check.image.index] + check.image.parts.map(\.manifest) {
                guard let document = document(check, about: subject) else { continue }
                files["\(check.image.name)/sha256-\(subject.hex).openvex.json"] = OpenVEX.bytes(document)
            }
        }
        return files
    }

    // MARK: - A VEX repository

    /// Whether the documents lie beside the archive as well, for people who look at the folder.
    private enum Contents { case withDocuments, alone }

    private func archive(_ items: [Item], _ address: String, _ beside: Contents) throws -> [String: [UInt8]] {
        var entries: [VEXRepository.Entry] = []
        var contents: [String: [UInt8]] = [:]
        var times: [Timestamp] = []
        // One document for each name: an image's streams differ in their digests, which are the products.
        for (name, items) in Dictionary(grouping: items, by: \.name).sorted(by: { $0.key < $1.key }) {
            let documents = items.sorted { ($0.stream, $0.index.hex) < ($1.stream, $1.index.hex) }.map(\.document)
            guard let first = documents.first else { continue }
            var merged = first
            merged.id = "https://ashlar.dev/vex/\(name)"
            merged.statements = documents.flatMap(\.statements)
            merged.timestamp = documents.map(\.timestamp).min() ?? first.timestamp
            merged.lastUpdated = documents.map { $0.lastUpdated ?? $0.timestamp }.max()
            let location = "pkg/oci/\(name)/vex.json"
            contents[location] = OpenVEX.bytes(merged)
            entries.append(.init(id: PackageURL.oci(name, digest: "").withoutVersion, location: location))
            times.append(merged.lastUpdated ?? merged.timestamp)
        }
        contents["index.json"] = VEXRepository(entries: entries, updated: times.max()).index.prettyBytes
        var tar = TarWriter()
        for (path, bytes) in contents.sorted(by: { $0.key < $1.key }) {
            try tar.append(
                TarHeader(path: path, kind: .file, mode: 0o644, uid: 0, gid: 0, modified: times.max()?.seconds ?? 0), body: bytes)
        }
        tar.writeEnd()
        var files = beside == .withDocuments ? contents : [:]
        files["vex.tar.gz"] = try Gzip.encode(tar.bytes)
        files[".well-known/vex-repository.json"] = manifest(at: address).prettyBytes
        return files
    }

    private func manifest(at address: String) -> JSON {
        VEXRepository.manifest(
            name: author, description: "What vulnerabilities mean for the images of \(author)", archives: ["\(address)/vex.tar.gz"])
    }

    // MARK: - CSAF

    private func csaf(_ items: [Item], _ address: String) -> [String: [UInt8]] {
        let files = provider(at: address).files(
            items.map { (Self.identifier($0), $0.document.timestamp, Self.updated($0), advisory($0, at: address)) })
        return Dictionary(files.map { (ServedStatements.csaf + $0.key, $0.value) }) { first, _ in first }
    }

    private static func identifier(_ item: Item) -> String { "ashlar-vex-\(item.name)-\(item.stream)-\(item.index.short)" }
    private static func updated(_ item: Item) -> Timestamp { item.document.lastUpdated ?? item.document.timestamp }

    private func provider(at address: String) -> CSAFProvider {
        CSAFProvider(
            publisher: CSAFPublisher(name: author, namespace: address), address: "\(address)/.well-known/csaf/provider-metadata.json")
    }

    private func advisory(_ item: Item, at address: String) -> [UInt8] {
        CSAF.bytes(
            item.document, title: "Vulnerabilities in \(item.reference)", identifier: Self.identifier(item),
            publisher: CSAFPublisher(name: author, namespace: address))
    }

    // MARK: - CycloneDX

    private func cycloneDX(
        _ checks: [TriageCheck], _ bill: (TriageCheck, Digest) throws -> JSON?
    ) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for check in checks {
            for part in check.image.parts {
                guard let document = document(check, about: part.manifest),
                    let bill = try bill(check, part.manifest).flatMap(Bill.init)
                else { continue }
                let product = PackageURL.oci(check.image.name, digest: part.manifest.description).description
                let json = CycloneDXVEX.json(
                    document, serial: Self.serial(document), toolVersion: version
                ) { identifier, component in
                    guard identifier == product else { return nil }
                    return component.flatMap { bill.reference(of: $0) }
                }
                files["\(check.image.name)/sha256-\(part.manifest.hex).cdx.json"] = json.canonicalBytes
            }
        }
        return files
    }

    /// The bill of materials that was published about a manifest, as far as statements point into it.
    private struct Bill {
        var serial: String
        var version: Int
        var references: [(purl: PackageURL, name: String)]

        init?(_ predicate: JSON) {
            guard let serial = predicate["serialNumber"]?.string, serial.hasPrefix("urn:uuid:") else { return nil }
            self.serial = String(serial.dropFirst(9))
            version = predicate["version"]?.int ?? 1
            references = (predicate["components"]?.array ?? []).compactMap { component -> (PackageURL, String)? in
                guard let name = component["bom-ref"]?.string, let purl = component["purl"]?.string.flatMap({ try? PackageURL($0) }) else {
                    return nil
                }
                return (purl, name)
            }
        }

        func reference(of purl: String) -> String? {
            guard let wanted = try? PackageURL(purl), let found = references.first(where: { wanted.covers($0.purl) }) else { return nil }
            // The purl of a reference holds characters that a fragment may not (RFC 3986, 3.5).
            let fragment = found.name.utf8.map { byte in
                (0x21...0x7E).contains(byte) && !"\"#%<>[\\]^`{|}".utf8.contains(byte)
                    ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte]).uppercased()
            }.joined()
            return "urn:cdx:\(serial)/\(version)#\(fragment)"
        }
    }

    // A UUID of version 8 (RFC 9562) over the document: the same document has the same.
    private static func serial(_ document: VEXDocument) -> String {
        var bytes = Array(OpenVEX.json(document).digest.bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(Hex.encode(bytes))
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }
        return "urn:uuid:" + parts.joined(separator: "-")
    }
}

extension PackageURL {
    fileprivate var withoutVersion: String {
        (try? PackageURL(type: type, namespace: namespace, name: name, qualifiers: qualifiers).description) ?? description
    }
}
