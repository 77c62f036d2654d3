// SPDX-License-Identifier: Apache-2.0
// https://github.com/gpg/gnupg/blob/master/doc/DETAILS "Format of the --status-fd output"
package import Base

/// One signature as gpgv judged it.
package struct ArchiveSignature: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        case good
        /// Why it does not count: `the key has expired`.
        case refused(String)
    }
    /// Fingerprint of the key or subkey that signed; the short key id when gpgv told no more. Upper-case hexadecimal.
    package var signer: String
    /// Fingerprint of the primary key, which is what is pinned; nil when the key is unknown.
    package var primary: String?
    package var created: Timestamp?
    package var expires: Timestamp?
    package var verdict: Verdict

    package init(signer: String, primary: String?, created: Timestamp?, expires: Timestamp?, verdict: Verdict) {
        self.signer = signer
        self.primary = primary
        self.created = created
        self.expires = expires
        self.verdict = verdict
    }
}

/// The lines gpgv writes to its status descriptor.
enum GPGStatus {
    /// The signatures in the order of the document. Everything that is not plainly good is refused with its reason.
    static func signatures(in text: String) -> [ArchiveSignature] {
        var finished: [ArchiveSignature] = []
        var current: Draft?
        // At line feeds only: Unicode has other line ends, which a key's owner may write into a name or a notation.
        for bytes in text.utf8.split(separator: 0x0A) {
            let line = Substring(bytes)
            guard line.hasPrefix("[GNUPG:] ") else { continue }
            let words = line.dropFirst(9).split(separator: " ").map(String.init)
            guard let keyword = words.first else { continue }
            if keyword == "NEWSIG" {
                if let draft = current { finished.append(draft.signature) }
                current = Draft()
            } else {
                current?.read(keyword, Array(words.dropFirst()))
            }
        }
        if let draft = current { finished.append(draft.signature) }
        return finished
    }

    private struct Draft {
        var isGood = false
        var faults: [String] = []
        var signer = "unknown"
        var primary: String?
        var created: Timestamp?
        var expires: Timestamp?

        mutating func read(_ keyword: String, _ values: [String]) {
            switch keyword {
            case "GOODSIG": isGood = true; signer = values.first ?? signer
            case "BADSIG": fault("the signature does not match the text", values)
            case "EXPSIG": fault("the signature has expired", values)
            case "EXPKEYSIG": fault("the key has expired", values)
            case "REVKEYSIG": fault("the key was revoked", values)
            case "NO_PUBKEY": fault("the key is not in the keyring", values)
            case "ERRSIG":
                fault(values.count > 5 && values[5] == "9" ? "the key is not in the keyring" : "the signature could not be checked", values)
            case "VALIDSIG": readValid(values)
            default: break
            }
        }

        private mutating func fault(_ reason: String, _ values: [String]) {
            if !faults.contains(reason) { faults.append(reason) }
            if let key = values.first, signer == "unknown" { signer = key }
        }

        /// fingerprint, date, created, expires, version, reserved, key algorithm, hash algorithm, class, primary fingerprint.
        private mutating func readValid(_ values: [String]) {
            guard values.count >= 9 else { return faults.append("gpgv described the signature incompletely") }
            signer = values[0]
            primary = values.count > 9 ? values[9] : values[0]
            created = Int(values[2]).map(Timestamp.init(seconds:))
            expires = Int(values[3]).flatMap { $0 > 0 ? Timestamp(seconds: $0) : nil }
            // RFC 9580 section 9.5: 1 is MD5, 2 SHA-1, 3 RIPEMD-160; collisions are practical.
            if ["1", "2", "3"].contains(values[7]) { faults.append("its hash algorithm is too weak") }
            if !["00", "01"].contains(values[8]) { faults.append("it is not a signature of a document") }
        }

        var signature: ArchiveSignature {
            let verdict: ArchiveSignature.Verdict =
                !faults.isEmpty
                ? .refused(faults.joined(separator: "; "))
                : isGood && primary != nil ? .good : .refused("gpgv did not call it good")
            return ArchiveSignature(signer: signer, primary: primary, created: created, expires: expires, verdict: verdict)
        }
    }
}
