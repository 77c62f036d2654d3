// SPDX-License-Identifier: Apache-2.0

/// The program's version, in `--version`, SBOMs and provenance.
package enum Version {
    package static let text = "0.1.0"
}
