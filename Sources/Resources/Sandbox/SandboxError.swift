// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a program could not be run shut in.
package enum SandboxError: Diagnosable, Equatable {
    /// No way of confinement works here; one line for each that was tried.
    case unavailable([String])
    /// The surroundings of one run could not be made.
    case notPrepared(String)
    /// The image or its test gives nothing that could be started.
    case notStarted(String)
    /// A path of a recipe that leaves the root folder or cannot be mounted on.
    case path(String, reason: String)
    case noEmulator(platform: String, package: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .unavailable(let tried):
            Diagnosis(
                "sandbox.unavailable", .unavailable, "expected a way to run programs confined, found none that works on this machine",
                remedy: "apt-get install crun bubblewrap util-linux, and run as root or where user namespaces are allowed", notes: tried)
        case .notPrepared(let reason):
            Diagnosis(
                "sandbox.not-prepared", .unavailable, "expected to prepare a confined root, found: \(reason)",
                remedy: "ashlar doctor shows what this machine can do")
        case .notStarted(let reason):
            Diagnosis(
                "sandbox.not-started", .policy, "expected a program that starts, found: \(reason)",
                remedy: "correct the image's entrypoint or the test's command in the recipe")
        case .path(let path, let reason):
            Diagnosis(
                "sandbox.path", .usage, "expected a path inside the image, found \(path): \(reason)",
                remedy: "correct `writable` or the test's `files` in the recipe")
        case .noEmulator(let platform, let package):
            Diagnosis(
                "sandbox.no-emulator", .unavailable, "expected a way to run \(platform) programs, found no static emulator",
                remedy: "apt-get install \(package)")
        }
    }
}
