// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import OCI

/// Bytes of the project's own small programs, compiled for one platform: `start`, `noshell`.
package struct HelperBinary: Sendable, Hashable {
    package var name: String
    /// Below the root, without leading slash: `usr/libexec/ashlar/start`.
    package var path: String
    package var bytes: [UInt8]
    /// The compiler that made it, for provenance.
    package var compiler: String
    package init(name: String, path: String, bytes: [UInt8], compiler: String) {
        self.name = name
        self.path = path
        self.bytes = bytes
        self.compiler = compiler
    }
}

/// What assembly needs besides the parcels and the recipe.
package struct AssemblySettings: Sendable {
    /// How maintainer scripts are dealt with.
    package var scripts: ScriptTable
    package var helpers: [Platform: [HelperBinary]]
    package var imprint: Imprint
    /// Fragments made at the same time.
    package var parallelism: Int
    package init(scripts: ScriptTable, helpers: [Platform: [HelperBinary]] = [:], imprint: Imprint = Imprint(), parallelism: Int = 2) {
        self.scripts = scripts
        self.helpers = helpers
        self.imprint = imprint
        self.parallelism = parallelism
    }
}
