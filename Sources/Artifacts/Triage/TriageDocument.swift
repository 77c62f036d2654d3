// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI
import SBOM
package import VEX

/// An image whose statements are told to others.
package struct TriagedImage: Sendable {
    package struct Part: Sendable {
        package var platform: Platform
        package var manifest: Digest
        package var packages: [LockedPackage]
        package init(platform: Platform, manifest: Digest, packages: [LockedPackage]) {
            self.platform = platform
            self.manifest = manifest
            self.packages = packages
        }
    }
    /// `python`.
    package var name: String
    /// `3.13-dev`.
    package var stream: String
    package var index: Digest
    package var parts: [Part]
    package init(name: String, stream: String, index: Digest, parts: [Part]) {
        self.name = name
        self.stream = stream
        self.index = index
        self.parts = parts
    }
}

/// Makes the one document that says everything about a digest.
package struct TriageDocument: Sendable {
    package let image: TriagedImage
    package let statements: [TriageBook.Own]
    package let now: Timestamp

    package init(about image: TriagedImage, _ statements: [TriageBook.Own], now: Timestamp) {
        self.image = image
        self.statements = statements
        self.now = now
    }

    /// The document about the index or one platform's manifest; nil when nothing is known about it.
    ///
    /// The products are digests without qualifiers and the parts are binary packages with their versions, which is what both
    /// scanners make of an image, whatever registry it was pulled from. Of two statements about the same only the later one is in
    /// it: scanners differ about which of them counts.
    package func vex(about subject: Digest, author: String, version: Int = 1, tooling: String) -> VEXDocument? {
        var said: Set<[String]> = []
        var found: [VEXStatement] = []
        for entry in statements.sorted(by: Self.laterFirst) {
            guard !entry.statement.isExpired(at: now), entry.statement.concerns(image: image.name, stream: image.stream) else { continue }
            let products = products(of: entry, about: subject).compactMap { product -> VEXProduct? in
                let fresh = product.subcomponents.filter { part in
                    !entry.statement.names.contains { said.contains([$0, product.identifier, part]) }
                }
                return fresh.isEmpty ? nil : VEXProduct(product.identifier, subcomponents: fresh)
            }
            for product in products {
                for part in product.subcomponents { for name in entry.statement.names { said.insert([name, product.identifier, part]) } }
            }
            if !products.isEmpty { found.append(Self.statement(entry, products, about: subject)) }
        }
        guard let first = found.compactMap(\.timestamp).min(), let last = found.compactMap(\.timestamp).max() else { return nil }
        return VEXDocument(
            id: "https://ashlar.dev/vex/\(image.name)/\(subject)", author: author, role: "image publisher", timestamp: first,
            lastUpdated: last == first ? nil : last, version: version, tooling: tooling, statements: found.reversed())
    }

    // MARK: - Products

    private func products(of entry: TriageBook.Own, about subject: Digest) -> [VEXProduct] {
        let parts = image.parts.map { part in (part, Self.subcomponents(of: entry.statement, in: part)) }.filter { !$0.1.isEmpty }
        let holding = parts.filter { Self.holds(entry, on: $0.0.platform) }
        var products = holding.filter { subject == image.index || $0.0.manifest == subject }.map { part, components in
            VEXProduct(PackageURL.oci(image.name, digest: part.manifest.description).description, subcomponents: components)
        }
        // Who pulled by the index has its digest, whichever platform came. It is named when the statement holds on all of them.
        if !products.isEmpty, holding.count == parts.count {
            let all = Set(holding.flatMap(\.1)).sorted()
            products.insert(VEXProduct(PackageURL.oci(image.name, digest: image.index.description).description, subcomponents: all), at: 0)
        }
        return products
    }

    private static func holds(_ entry: TriageBook.Own, on platform: Platform) -> Bool {
        let proofs = entry.proofs.filter { $0.platform == platform.description }
        let proved = Set(proofs.filter { $0.outcome == .proved }.map(\.evidence))
        return !proofs.contains { $0.outcome == .refuted }
            && entry.statement.evidence.allSatisfy { !$0.isProvable || proved.contains($0.description) }
    }

    private static func subcomponents(of statement: TriageStatement, in part: TriagedImage.Part) -> [String] {
        Set(part.packages.filter(statement.package.covers).flatMap { identifiers(of: $0) }).sorted()
    }

    /// The package as both scanners name it, without the qualifiers in which they differ. One of them keeps the epoch beside the
    /// version.
    package static func identifiers(of package: LockedPackage) -> [String] {
        func purl(_ version: String, _ qualifiers: [String: String]) -> String? {
            try? PackageURL(type: "deb", namespace: "debian", name: package.name, version: version, qualifiers: qualifiers).description
        }
        guard let colon = package.version.firstIndex(of: ":") else { return [purl(package.version, [:])].compactMap(\.self) }
        let epoch = String(package.version[..<colon])
        let rest = String(package.version[package.version.index(after: colon)...])
        return [purl(package.version, [:]), purl(rest, ["epoch": epoch])].compactMap(\.self)
    }

    // MARK: - Statements

    private static func laterFirst(_ a: TriageBook.Own, _ b: TriageBook.Own) -> Bool {
        (a.statement.timestamp, a.statement.place.description) > (b.statement.timestamp, b.statement.place.description)
    }

    private static func statement(_ entry: TriageBook.Own, _ products: [VEXProduct], about subject: Digest) -> VEXStatement {
        let statement = entry.statement
        let mark = Digest.sha256(of: "\(statement.place.file) \(statement.vulnerability) \(statement.package)").short
        return VEXStatement(
            id: "https://ashlar.dev/vex/statement/\(mark)/\(subject.hex)", vulnerability: statement.vulnerability,
            aliases: statement.aliases, products: products, status: statement.status, justification: statement.justification,
            notes: notes(entry), impact: statement.impact, action: statement.action, timestamp: statement.timestamp)
    }

    private static func notes(_ entry: TriageBook.Own) -> String {
        var lines = [entry.statement.notes].compactMap(\.self)
        for evidence in entry.statement.evidence {
            let proofs = entry.proofs.filter { $0.evidence == evidence.description && $0.outcome == .proved }
            lines.append(proofs.isEmpty ? evidence.description : "proved at the build: \(evidence)")
            lines += Set(proofs.flatMap(\.assumptions)).sorted().map { "  taken for granted: \($0)" }
        }
        lines.append("by \(entry.statement.author), counts until \(entry.statement.expires.dateText)")
        return lines.joined(separator: "\n")
    }
}
