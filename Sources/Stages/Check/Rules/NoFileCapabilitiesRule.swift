// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoFileCapabilitiesRule: HardeningRule {
    let id = "no-file-capabilities"
    let title = "No file carries capabilities."
    let why = "security.capability gives a program privileges of root, unseen by whoever only looks at modes."
    let remedy = "drop the file; give the capability to the container, where a policy can see it"

    func check(_ context: HardeningContext) -> [Breach] {
        context.entries.filter { $0.facts?.hasCapabilities == true }.map { Breach($0.path, "the attribute security.capability") }
    }
}
