// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoDevicesRule: HardeningRule {
    let id = "no-devices"
    let title = "There is nothing below /dev, /proc and /sys."
    let why = """
        The runtime mounts these. A device node in a layer would open hardware to whoever can read it. Device nodes and pipes are \
        refused when packages are unpacked; this rule finds what only looks like one.
        """
    let remedy = "drop the path"

    func check(_ context: HardeningContext) -> [Breach] {
        context.entries.filter { entry in ["dev", "proc", "sys"].contains { entry.isBelow($0) } }.map {
            Breach($0.path, "a \($0.kind.rawValue) where the runtime mounts")
        }
    }
}
