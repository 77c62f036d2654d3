// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NumericNonRootUserRule: HardeningRule {
    let id = "numeric-non-root-user"
    let title = "The image runs as a numeric user and group, and the user is not 0."
    let why = """
        Kubernetes can enforce runAsNonRoot only for a numeric user: it does not read the image's /etc/passwd. A name would also \
        depend on that file.
        """
    let remedy = "write `run-as: 65532:65532`"

    func check(_ context: HardeningContext) -> [Breach] {
        guard let user = context.runAs else {
            return [Breach("", "expected uid:gid in plain numbers, found “\(context.recipe.runAs)”")]
        }
        if user.uid == 0 { return [Breach("", "the user is 0, root")] }
        // 2^32 - 1 means "no change" to the kernel.
        let largest = 4_294_967_294
        return user.uid > largest || user.gid > largest ? [Breach("", "\(context.recipe.runAs) is beyond the range of ids")] : []
    }
}
