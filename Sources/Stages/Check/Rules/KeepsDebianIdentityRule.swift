// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct KeepsDebianIdentityRule: HardeningRule {
    let id = "os-release-keeps-debian-id"
    let title = "/etc/os-release says ID=debian, and /etc/debian_version is there."
    let why = """
        Scanners choose the advisories by these two files. With another name they find nothing, which would look like an image \
        without vulnerabilities.
        """
    let remedy = "use the os-release step, and do not drop etc/debian_version"

    func check(_ context: HardeningContext) -> [Breach] {
        var breaches: [Breach] = []
        for path in ["etc/os-release", "etc/debian_version"] where context.tree.file(path) == nil {
            breaches.append(Breach(path, "is not in the image"))
        }
        if let lines = context.lines(of: "etc/os-release") {
            let values = lines.map { $0.filter { $0 != "\"" } }
            if !values.contains("ID=debian") { breaches.append(Breach("etc/os-release", "does not say ID=debian")) }
            if !values.contains(where: { $0.hasPrefix("VERSION_ID=") && $0.count > 11 }) {
                breaches.append(Breach("etc/os-release", "does not say VERSION_ID"))
            }
        }
        return breaches
    }
}
