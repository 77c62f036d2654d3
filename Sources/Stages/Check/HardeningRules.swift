// SPDX-License-Identifier: Apache-2.0

/// The rules, in the order in which findings are told: what gives power first, what breaks later, what is untidy last.
package enum HardeningRules {
    package static let all: [any HardeningRule] = [
        NumericNonRootUserRule(),
        NoSetuidRule(),
        NoFileCapabilitiesRule(),
        NoShellRule(),
        NoPackageManagerRule(),
        NoSecretsRule(),
        NoWorldWritableRule(),
        NoDevicesRule(),
        OwnedPathsRule(),
        StatusEntriesRule(),
        KeepsDebianIdentityRule(),
        LicencesKeptRule(),
        ELFClosureRule(),
        ScriptInterpretersRule(),
        NoDanglingLinksRule(),
        WorksAsGroup0Rule(),
        TmpIsStickyRule(),
        NoDocsRule(),
    ]
}
