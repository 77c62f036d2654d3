// SPDX-License-Identifier: Apache-2.0
import Artifacts

struct NoSecretsRule: HardeningRule {
    let id = "no-secrets"
    let title = "No file holds a key, token or password."
    let why = "Whoever can pull an image has everything in it. A secret that was in an image once must be replaced."
    let remedy = "drop the file, replace the secret, and give the new one to the container at run time"

    func check(_ context: HardeningContext) -> [Breach] {
        context.entries.flatMap { entry in (entry.facts?.secrets ?? []).map { Breach(entry.path, "holds a secret: \($0)") } }
    }
}
