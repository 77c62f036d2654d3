// SPDX-License-Identifier: Apache-2.0
// https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md "Certificate Requirements"
package import Base
import Crypto
import Foundation
import SwiftASN1
import X509

/// The X.509 certificates that say whose the image key is: leaf first, root last.
package struct CertificateChain: Hashable, Sendable {
    package let certificates: [[UInt8]]
    package let validFrom: Timestamp
    package let validUntil: Timestamp
    /// The subject of the leaf, as trust policies write it.
    package let subject: String

    package static let limit = 8

    /// Who a certificate is for.
    package struct Subject: Hashable, Sendable {
        var country: String
        var state: String
        var organization: String
        var commonName: String

        /// Reads `C=DE,ST=Berlin,O=Example,CN=ashlar`: trust policies of the Notary Project need the first three.
        package init(_ text: String) throws(CertificatesError) {
            var values: [String: String] = [:]
            for part in text.split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                guard pair.count == 2, ["C", "ST", "O", "CN"].contains(pair[0]), !pair[1].isEmpty, pair[1].utf8.count <= 64,
                    values.updateValue(pair[1], forKey: pair[0]) == nil
                else { throw .badSubject }
            }
            guard let country = values["C"], country.utf8.count == 2, let state = values["ST"], let organization = values["O"],
                let commonName = values["CN"]
            else { throw .badSubject }
            (self.country, self.state, self.organization, self.commonName) = (country, state, organization, commonName)
        }

        fileprivate func name() throws -> DistinguishedName {
            try DistinguishedName {
                CountryName(country)
                StateOrProvinceName(state)
                OrganizationName(organization)
                CommonName(commonName)
            }
        }
    }

    /// Reads a chain in PEM and checks that its leaf is for signing code with this key.
    package init(pem: String, of publicKeyDER: [UInt8]) throws(CertificatesError) {
        do {
            guard pem.utf8.count <= 1 << 18 else { throw Self.fault("the file is too large") }
            let documents = try PEMDocument.parseMultiple(pemString: pem)
            guard (1...Self.limit).contains(documents.count) else { throw Self.fault("it does not hold 1 to \(Self.limit) certificates") }
            try self.init(documents.map { try Certificate(pemDocument: $0) }, of: publicKeyDER)
        } catch let error as CertificatesError {
            throw error
        } catch {
            throw Self.fault("it cannot be read: \(error)")
        }
    }

    private init(_ chain: [Certificate], of publicKeyDER: [UInt8]) throws {
        guard let leaf = chain.first else { throw Self.fault("there is no certificate") }
        guard let key = P256.Signing.PublicKey(leaf.publicKey), Array(key.derRepresentation) == publicKeyDER else {
            throw Self.fault("the first certificate is for another key than the image key")
        }
        let usage = try leaf.extensions.keyUsage
        guard usage?.digitalSignature == true, usage?.keyCertSign == false else {
            throw Self.fault("the certificate's key usage is not digitalSignature alone")
        }
        guard try leaf.extensions.extendedKeyUsage?.contains(.codeSigning) == true else {
            throw Self.fault("the certificate's extended key usage is not code signing")
        }
        certificates = try chain.map { certificate in
            var serializer = DER.Serializer()
            try serializer.serialize(certificate)
            return serializer.serializedBytes
        }
        validFrom = Timestamp(seconds: Int(leaf.notValidBefore.timeIntervalSince1970))
        validUntil = Timestamp(seconds: Int(leaf.notValidAfter.timeIntervalSince1970))
        subject = "\(leaf.subject)"
    }

    package var pem: String {
        certificates.map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString + "\n" }.joined()
    }

    fileprivate static func fault(_ reason: String) -> CertificatesError { .unusable(reason: reason) }
}

// MARK: - Making

extension CertificateChain {
    /// A certificate of the image key that it signs itself.
    package static func selfSigned(
        by keys: any KeyHolder, subject: Subject, from: Timestamp, until: Timestamp, serial: [UInt8]
    ) throws -> CertificateChain {
        let key = Certificate.PrivateKey(try HeldKey(keys))
        let name = try subject.name()
        let leaf = try make(keys, name, from, until, serial, issuer: name, by: key)
        return try CertificateChain([leaf], of: keys.publicKeyDER)
    }

    /// A certificate of the image key by an authority.
    ///
    /// - Parameters:
    ///   - authority: PEM certificates of the issuer and of those above it.
    ///   - authorityKey: PEM of the issuer's private key.
    package static func issued(
        for keys: any KeyHolder, subject: Subject, from: Timestamp, until: Timestamp, serial: [UInt8], authority: String,
        authorityKey: String
    ) throws -> CertificateChain {
        let above = try PEMDocument.parseMultiple(pemString: authority).prefix(limit).map { try Certificate(pemDocument: $0) }
        let key = try Certificate.PrivateKey(pemEncoded: authorityKey)
        guard let issuer = above.first, issuer.publicKey == key.publicKey else {
            throw fault("the authority's certificate and key do not belong together")
        }
        guard case .isCertificateAuthority = try issuer.extensions.basicConstraints else {
            throw fault("the authority's certificate is not one of an authority")
        }
        let leaf = try make(keys, subject.name(), from, min(until, seconds(issuer.notValidAfter)), serial, issuer: issuer.subject, by: key)
        return try CertificateChain([leaf] + above, of: keys.publicKeyDER)
    }

    private static func make(
        _ keys: any KeyHolder, _ subject: DistinguishedName, _ from: Timestamp, _ until: Timestamp, _ serial: [UInt8],
        issuer: DistinguishedName, by key: Certificate.PrivateKey
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(bytes: serial), publicKey: HeldKey(keys).publicKey,
            notValidBefore: Date(timeIntervalSince1970: Double(from.seconds)),
            notValidAfter: Date(timeIntervalSince1970: Double(until.seconds)), issuer: issuer, subject: subject,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.codeSigning])
            }, issuerPrivateKey: key)
    }

    private static func seconds(_ date: Date) -> Timestamp { Timestamp(seconds: Int(date.timeIntervalSince1970)) }
}

/// The image key for the certificate library, which asks it to sign and never sees it.
private struct HeldKey: CustomPrivateKey {
    let holder: any KeyHolder
    let key: P256.Signing.PublicKey

    init(_ holder: any KeyHolder) throws {
        self.holder = holder
        key = try P256.Signing.PublicKey(derRepresentation: holder.publicKeyDER)
    }

    static func == (a: HeldKey, b: HeldKey) -> Bool { a.key.derRepresentation == b.key.derRepresentation }
    func hash(into hasher: inout Hasher) { hasher.combine(key.derRepresentation) }

    var publicKey: Certificate.PublicKey { .init(key) }
    var defaultSignatureAlgorithm: Certificate.SignatureAlgorithm { .ecdsaWithSHA256 }
    var supportedSignatureAlgorithms: [Certificate.SignatureAlgorithm] { [.ecdsaWithSHA256] }

    func signSynchronously(bytes: some DataProtocol, signatureAlgorithm: Certificate.SignatureAlgorithm) throws -> Certificate.Signature {
        guard signatureAlgorithm == .ecdsaWithSHA256 else { throw CertificateChain.fault("it is to be signed by another algorithm") }
        let signature = try holder.signature(over: Array(bytes))
        return try Certificate.Signature(signatureAlgorithm: signatureAlgorithm, signatureBytes: ASN1BitString(bytes: signature[...]))
    }

    static var defaultPEMDiscriminator: String { "PRIVATE KEY" }
    func serialize(into coder: inout DER.Serializer) throws { throw CertificateChain.fault("a private key is not written") }
    func serializeAsPEM(discriminator: String) throws -> PEMDocument { throw CertificateChain.fault("a private key is not written") }
}
