// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto

/// /etc/ssl/certs/java/cacerts as ca-certificates-java makes it: a Java KeyStore (JKS) version 2 of trusted certificates.
///
/// The format: magic FEEDFEED, version, count; per entry the tag 2, alias, time in milliseconds, type and DER; then SHA-1 over
/// the password in UTF-16BE, the words "Mighty Aphrodite" and all bytes before. The password is Java's documented default;
/// it is a checksum key over public certificates, not a secret.
enum JavaTruststore {
    static let path = "etc/ssl/certs/java/cacerts"
    private static let password = "changeit"

    static func generate(_ inputs: some StepInputs, modified: Int) throws -> [Generated] {
        let certificates = try CABundle.certificates(inputs, step: "java-truststore")
        var store: [UInt8] = []
        store.append(bigEndian: UInt32(0xFEED_FEED))
        store.append(bigEndian: UInt32(2))
        store.append(bigEndian: UInt32(certificates.count))
        for (name, pem) in certificates {
            guard let der = derOfPEM(pem) else {
                throw AssembleError.missingInput(step: "java-truststore", path: CABundle.directory + "/" + name)
            }
            store.append(bigEndian: UInt32(2))
            // Debian's alias of a certificate is its file name in lower case with .pem for .crt.
            store.append(utf: "debian:" + name.dropLast(4).lowercased() + ".pem")
            store.append(bigEndian: UInt64(modified) * 1000)
            store.append(utf: "X.509")
            store.append(bigEndian: UInt32(der.count))
            store += der
        }
        var checksum = Insecure.SHA1()
        checksum.update(data: password.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
        checksum.update(data: Array("Mighty Aphrodite".utf8))
        checksum.update(data: store)
        store += Array(checksum.finalize())
        return [Generated(path: path, content: .file(store), mode: 0o644, owner: "recipe:steps/java-truststore")]
    }

    private static func derOfPEM(_ pem: [UInt8]) -> [UInt8]? {
        let lines = pem.split { $0 == 0x0A || $0 == 0x0D }
        guard let begin = lines.firstIndex(where: { $0.starts(with: Array("-----BEGIN CERTIFICATE".utf8)) }),
            let end = lines.firstIndex(where: { $0.starts(with: Array("-----END CERTIFICATE".utf8)) }), begin < end
        else { return nil }
        return Base64.decode(String(decoding: lines[(begin + 1)..<end].joined(), as: UTF8.self))
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
    // Java's writeUTF: a 16-bit length before the bytes; file names of certificates may hold non-ASCII letters in UTF-8,
    // which equals modified UTF-8 for everything but NUL and characters beyond the basic plane.
    fileprivate mutating func append(utf text: String) {
        append(bigEndian: UInt16(truncatingIfNeeded: text.utf8.count))
        self += Array(text.utf8)
    }
}
