// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Sigstore
package import Transparency

/// What somebody who checks an image demands. Every default is the strict one, save what needs to be told.
package struct VerificationPolicy: Sendable {
    /// Whose signatures count; one of them is enough.
    package var keys: [VerificationKey]
    /// Which of the keys were good when; signed by the catalog's offline root key. Nil takes the keys as they are.
    package var keyring: Verified<Keyring>?
    package var required: RequiredClaims
    package var name: ExpectedName
    /// What the provenance must say; nil shows it and demands nothing.
    package var expectations: Expectations?
    package var freshness: FreshnessPolicy
    /// The log that must have seen what was signed; nil asks for none.
    package var log: LogPolicy?
    /// Whether every blob of the image and of its evidence is read to its end.
    package var contents: Contents

    package enum Contents: Hashable, Sendable { case hashed, notRead }

    package init(
        keys: [VerificationKey], keyring: Verified<Keyring>? = nil, required: RequiredClaims = .everyRelease, name: ExpectedName = .any,
        expectations: Expectations? = nil,
        freshness: FreshnessPolicy = FreshnessPolicy(), log: LogPolicy? = nil, contents: Contents = .hashed
    ) {
        self.keys = keys
        self.keyring = keyring
        self.required = required
        self.name = name
        self.expectations = expectations
        self.freshness = freshness
        self.log = log
        self.contents = contents
    }
}

/// Which kinds of claims must be there, signed: a good signature on something else is not enough.
package enum RequiredClaims: Hashable, Sendable {
    /// What every release carries: provenance and both SBOMs, on platform manifests the test results too.
    case everyRelease
    /// These predicate types on each manifest.
    case types([String])

    func types(forPlatform isPlatform: Bool) -> [String] {
        switch self {
        case .everyRelease:
            [PredicateType.slsaProvenance, PredicateType.spdx, PredicateType.cycloneDX] + (isPlatform ? [PredicateType.testResult] : [])
        case .types(let types): types
        }
    }
}

/// Whose evidence it must be: a good signature of another image is not one of this.
package enum ExpectedName: Hashable, Sendable {
    /// Nobody said which image is meant, as with a folder: what the evidence says is shown.
    case any
    /// Exactly this repository.
    case exactly(String)
    /// The repository it was found in, which may have a prefix that the signed name has not: `mirror/python` for `python`.
    case repository(String)

    /// Whether a signed name is the expected one. The host in front of a signed name does not matter: images move.
    package func admits(_ signed: String) -> Bool {
        let signed = Self.withoutHostAndTag(signed)
        switch self {
        case .any: return true
        case .exactly(let name): return signed == Self.withoutHostAndTag(name)
        case .repository(let name): return signed == name || (!signed.isEmpty && name.hasSuffix("/" + signed))
        }
    }

    static func withoutHostAndTag(_ name: String) -> String {
        var rest = name[...]
        if let slash = rest.firstIndex(of: "/") {
            let first = rest[..<slash]
            if first == "localhost" || first.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) {
                rest = rest[rest.index(after: slash)...]
            }
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") { rest = rest[..<colon] }
        return String(rest)
    }
}

/// Which log must have seen what was signed.
package struct LogPolicy: Hashable, Sendable {
    package var key: NoteKey
    package var witnesses: [NoteKey]
    /// How many of the witnesses must have cosigned.
    package var quorum: Int
    /// Whether what is not in the log is refused, or only said.
    package var isRequired: Bool

    package init(key: NoteKey, witnesses: [NoteKey] = [], quorum: Int = 0, isRequired: Bool = true) {
        self.key = key
        self.witnesses = witnesses
        self.quorum = quorum
        self.isRequired = isRequired
    }
}

/// How old a release may be.
package struct FreshnessPolicy: Hashable, Sendable {
    package enum Bound: Hashable, Sendable {
        case time(Timestamp)
        /// Not older than this release of the same repository.
        case release(Digest)
    }
    /// The time of checking; nil when nothing is compared with it.
    package var now: Timestamp?
    /// Seconds.
    package var maximumAge: Int?
    package var notBefore: Bound?

    package init(now: Timestamp? = nil, maximumAge: Int? = nil, notBefore: Bound? = nil) {
        self.now = now
        self.maximumAge = maximumAge
        self.notBefore = notBefore
    }
}
