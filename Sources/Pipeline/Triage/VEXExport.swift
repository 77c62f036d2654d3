// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base
import OCI
import SBOM
import Sigstore
import VEX

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

    /// Relative paths -> bytes. Only what holds is in it.
    ///
    /// - Parameters:
    ///   - address: where the folder will be served, for the formats that say so themselves: `https://vex.example.org`.
    ///   - repository: the image's own repository, in which its documents were published.
    package func files(
        _ format: Format, of checks: [TriageCheck], address: String, repository: (TriageCheck) -> any RepositoryReader
    ) async throws -> [String: [UInt8]] {
        switch format {
        case .openvex: try openVEX(checks)
        case .csaf: csaf(checks, address)
        case .cyclonedx: try await cycloneDX(checks, repository)
        case .repository: try archive(checks, address)
        }
    }

    private func document(_ check: TriageCheck, about subject: Digest) -> VEXDocument? {
        TriageDocument(about: check.image, check.own, now: now).vex(about: subject, author: author, tooling: tooling)
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

    private func archive(_ checks: [TriageCheck], _ address: String) throws -> [String: [UInt8]] {
        var entries: [VEXRepository.Entry] = []
        var contents: [String: [UInt8]] = [:]
        var times: [Timestamp] = []
        // One document for each name: an image's streams differ in their digests, which are the products.
        for (name, checks) in Dictionary(grouping: checks, by: \.image.name).sorted(by: { $0.key < $1.key }) {
            let documents = checks.compactMap { document($0, about: $0.image.index) }
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
        let manifest = VEXRepository.manifest(
            name: author, description: "What vulnerabilities mean for the images of \(author)", archives: ["\(address)/vex.tar.gz"])
        var files = contents
        files["vex.tar.gz"] = try Gzip.encode(tar.bytes)
        files[".well-known/vex-repository.json"] = manifest.prettyBytes
        return files
    }

    // MARK: - CSAF

    private func csaf(_ checks: [TriageCheck], _ address: String) -> [String: [UInt8]] {
        let publisher = CSAFPublisher(name: author, namespace: address)
        let provider = CSAFProvider(publisher: publisher, address: "\(address)/.well-known/csaf/provider-metadata.json")
        var advisories: [(identifier: String, released: Timestamp, updated: Timestamp, bytes: [UInt8])] = []
        for check in checks {
            guard let document = document(check, about: check.image.index) else { continue }
            let identifier = "ashlar-vex-\(check.image.name)-\(check.image.stream)-\(check.image.index.short)"
            let bytes = CSAF.bytes(
                document, title: "Vulnerabilities in \(check.reference)", identifier: identifier, publisher: publisher)
            advisories.append((identifier, document.timestamp, document.lastUpdated ?? document.timestamp, bytes))
        }
        let files = provider.files(advisories)
        return Dictionary(files.map { (".well-known/csaf/" + $0.key, $0.value) }) { first, _ in first }
    }

    // MARK: - CycloneDX

    private func cycloneDX(
        _ checks: [TriageCheck], _ repository: (TriageCheck) -> any RepositoryReader
    ) async throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for check in checks {
            for part in check.image.parts {
                guard let document = document(check, about: part.manifest),
                    let bill = try await Self.bill(of: part.manifest, in: repository(check))
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

    private static func bill(of manifest: Digest, in repository: any RepositoryReader) async throws -> Bill? {
        for referrer in try await repository.referrers(of: manifest)
        where referrer.annotations?[Annotation.bundlePredicateType] == PredicateType.cycloneDX {
            guard let content = try await repository.manifest(referrer.digest.description),
                let layer = try ImageManifest(reading: content.bytes).layers.first,
                let bytes = try await repository.blob(layer.digest, limit: SigstoreBundle.limit)
            else { continue }
            let predicate = try Statement(reading: try SigstoreBundle(reading: bytes).envelope.payload).predicate
            guard let serial = predicate["serialNumber"]?.string, serial.hasPrefix("urn:uuid:") else { continue }
            let references = (predicate["components"]?.array ?? []).compactMap { component -> (PackageURL, String)? in
                guard let name = component["bom-ref"]?.string, let purl = component["purl"]?.string.flatMap({ try? PackageURL($0) }) else {
                    return nil
                }
                return (purl, name)
            }
            return Bill(serial: String(serial.dropFirst(9)), version: predicate["version"]?.int ?? 1, references: references)
        }
        return nil
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
