// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc9580#name-cleartext-signature-framework

/// The frame of a clearsigned document, checked before any program reads it: one message, nothing before or after it.
///
/// Text outside the signed part is how an unsigned `Release` once slipped past readers that only searched for the frame.
enum ClearsignedText {
    static let beginMessage = Array("-----BEGIN PGP SIGNED MESSAGE-----".utf8)
    static let beginSignature = Array("-----BEGIN PGP SIGNATURE-----".utf8)
    static let endSignature = Array("-----END PGP SIGNATURE-----".utf8)

    /// Why the bytes are not exactly one clearsigned message; nil when they are.
    static func fault(in bytes: [UInt8]) -> String? {
        var seen: [Int] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            var line = bytes[start..<end]
            while let last = line.last, last == 0x0D || last == 0x20 || last == 0x09 { line = line.dropLast() }
            if line.contains(0) { return "a zero byte" }
            let frame =
                line.elementsEqual(beginMessage) ? 0 : line.elementsEqual(beginSignature) ? 1 : line.elementsEqual(endSignature) ? 2 : nil
            if let frame {
                guard frame == seen.count else { return seen.count >= 3 ? "more than one signed message" : "its frame lines out of order" }
                seen.append(frame)
            } else if seen.isEmpty {
                return "text before the signed message"
            } else if seen.count == 3, !line.isEmpty {
                return "text after the signature"
            }
            start = end + 1
        }
        return seen.count == 3 ? nil : "no complete signed message"
    }
}
