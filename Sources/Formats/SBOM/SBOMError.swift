// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a text is not a package URL or a licence expression.
package enum SBOMError: Diagnosable, Equatable {
    case malformedPackageURL(String, reason: String)
    case malformedLicense(String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .malformedPackageURL(let text, let reason):
            Diagnosis(
                "sbom.malformed-purl", .malformed,
                "expected a package URL such as pkg:deb/debian/zlib1g@1.3.1-1?arch=amd64, found \"\(text.prefix(120))\": \(reason)",
                remedy: "write pkg:TYPE/NAMESPACE/NAME@VERSION with every other character percent-encoded")
        case .malformedLicense(let text, let reason):
            Diagnosis(
                "sbom.malformed-license", .malformed,
                "expected an SPDX licence expression such as MIT OR GPL-2.0-or-later, found \"\(text.prefix(120))\": \(reason)",
                remedy: "use identifiers of spdx.org/licenses joined by AND, OR, WITH and parentheses, or a LicenseRef-")
        }
    }
}
