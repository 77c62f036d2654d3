// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a certificate could not be made or used.
package enum CertificatesError: Diagnosable, Equatable {
    case unusable(reason: String)
    case badSubject

    package var diagnosis: Diagnosis {
        switch self {
        case .unusable(let reason):
            Diagnosis(
                "certificates.unusable", .malformed, "expected a certificate of the image key for signing code: \(reason)",
                remedy: "make one: ashlar keys certificate --subject C=DE,ST=Berlin,O=Example,CN=ashlar")
        case .badSubject:
            Diagnosis(
                "certificates.subject", .usage, "expected a subject with C (two letters), ST, O and CN, and nothing else",
                remedy: "write --subject C=DE,ST=Berlin,O=Example,CN=ashlar")
        }
    }
}
