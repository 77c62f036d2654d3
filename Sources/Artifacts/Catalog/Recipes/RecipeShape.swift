// SPDX-License-Identifier: Apache-2.0
import OCI

/// The keys of recipes, profiles and variants: the one table behind the reader, `docs/recipe.schema.json` and its test.
enum RecipeShape {
    typealias Key = RecordShape<RecipeDraft>.Key

    static let recipe = RecordShape(
        name: "recipe", title: "a recipe",
        keys: [
            .required("stream", \.stream, Shape.text(.streamName).located, "The stream's name, the same as the file's: \"3.13\"."),
            version, tags,
        ] + common + [
            .optional(
                "variants", \.variants, .entries(.name, to: variant.shape, named: "a map from variant names to recipe keys"),
                "Images built beside this one from the same keys and more; the name is appended to the tags: 3.13-dev.")
        ], empty: { RecipeDraft() })

    static let profile = RecordShape(
        name: "profile", title: "a profile", keys: common, empty: { RecipeDraft() })

    static let variant = RecordShape(
        name: "variant", title: "a variant", keys: [version, tags] + common, empty: { RecipeDraft() })

    private static let version = Key.optional(
        "version", \.version, version(of: .text(.version)).located,
        "The version users see: package:<name> for the upstream version of a package, or a version itself in quotes.")
    private static let tags = Key.optional(
        "tags", \.tags, .list(of: .text(TagPattern.rule), named: "a list of tags", minimum: 1),
        "Moving tags, with the placeholders {version}, {major}, {minor}, {patch} and {stream}. Replaces the list below it.")

    private static let common: [Key] = about + contents + layout + runtime + promises

    private static let about: [Key] = [
        .optional("title", \.title, .text(.line), "The name people read: Python 3.13. Left out, that of image.yaml."),
        .optional("summary", \.summary, .text(.line), "What the image is for, in one line."),
        .optional("extends", \.extends, Shape.text(.name).located, "The profile of catalog/profiles/ that this is laid over."),
        .optional("suite", \.suite, Shape.text(.name).located, "The suite of catalog/suites/ that the packages come from: trixie."),
        .optional(
            "platforms", \.platforms, .list(of: platform, named: "a list of platforms", minimum: 1, unique: ("platform", \.description)),
            "The platforms to build for: [linux/amd64, linux/arm64]. Replaces the list below it."),
        .optional(
            "annotations", \.annotations, .dictionary(.annotationKey, to: .text(.any), named: "a map of annotations"),
            "Annotations of the image: {org.opencontainers.image.url: \"https://www.python.org/\"}."),
        .optional("dates", \.dates, ContentsShape.dates.shape, "When the stream was released upstream and when its support ends."),
    ]
    private static let contents: [Key] = [
        .optional(
            "contents", \.contents, ContentsShape.contents.shape,
            "Which packages are taken, which are left out, which of their paths are dropped."),
        .optional(
            "steps", \.steps, .list(of: StepShape.step, named: "a list of steps"),
            "What maintainer scripts would have done, done by Ashlar: [usr-merge, accounts, ca-bundle]."),
        .optional(
            "exceptions", \.exceptions, .list(of: ContentsShape.exception.shape, named: "a list of exceptions"),
            "Hardening rules that this image breaks, where, and why."),
    ]
    private static let layout: [Key] = [
        .optional("accounts", \.accounts, AccountsShape.accounts.shape, "Users and groups, and whom the image runs as."),
        .optional(
            "files", \.files, .list(of: AccountsShape.file.shape.located, named: "a list of files", unique: ("file", { $0.value.path })),
            "Files that the recipe writes."),
        .optional(
            "directories", \.directories,
            .list(
                of: AccountsShape.directory.shape.map(RecipeDirectory.init), named: "a list of directories", unique: ("directory", \.path)),
            "Directories that the recipe makes."),
        .optional(
            "links", \.links,
            Shape.dictionary(.absolutePath, to: .text(.linkTarget), named: "a map from paths to link targets").map(withoutSlashes),
            "Symbolic links: {/usr/bin/python3: python3.13}."),
        .optional(
            "helpers", \.helpers, .list(of: .choice("helper", helperNames), named: "a list of helpers"),
            "Small programs of Ashlar placed below /usr/libexec/ashlar/."),
        .optional(
            "library-directories", \.libraryDirectories, .list(of: .text(.relativePath), named: "a list of directories"),
            "Directories besides the built-in ones in which libraries are found; {arch} and {triplet} stand for the platform's names."),
    ]
    private static let runtime: [Key] = [
        .optional(
            "start", \.start, StartPlanShape.plan,
            "What happens before the server starts, as typed lines for the helper start. Replaces the plan below it."),
        .optional(
            "environment", \.environment, .dictionary(.environmentName, to: .text(.any), named: "a map of variables"),
            "Environment variables: {LANG: C.UTF-8}."),
        .optional("ports", \.ports, .list(of: .text(.port), named: "a list of ports"), "Ports the program listens on: [8080/tcp]."),
        .optional(
            "volumes", \.volumes, .list(of: .text(.absolutePath), named: "a list of paths"), "Paths for data that outlives the container."),
        .optional(
            "writable", \.writable, .list(of: .text(.absolutePath), named: "a list of paths"),
            "Paths the program writes to; everything else is read-only when the image is tested."),
        .optional(
            "entrypoint", \.entrypoint, .list(of: .text(.any), named: "a list of words"),
            "The program and its first arguments. Replaces the list below it."),
        .optional("cmd", \.command, .list(of: .text(.any), named: "a list of words"), "Default arguments. Replaces the list below it."),
        .optional("working-directory", \.workingDirectory, .text(.directoryPath), "The directory the program starts in; / when left out."),
        .optional("stop-signal", \.stopSignal, .choice("signal", signalNames), "The signal that ends the program; SIGTERM when left out."),
        .optional(
            "compression", \.compression,
            Shape.choice("compression", Compression.allCases.map(\.rawValue)).map { Compression(rawValue: $0) ?? .gzip },
            "How layers are compressed: gzip (when left out) or zstd."),
    ]
    private static let promises: [Key] = [
        .optional(
            "contract", \.contract,
            .list(
                of: ContractShape.test.shape.map(\.finished).located, named: "a list of contract tests",
                unique: ("contract test", { $0.value.name })),
            "What the image promises, tried by running it."),
        .optional(
            "updates", \.updates, UpdatesShape.updates.shape,
            "Which updates flow in by themselves (`ashlar watch`), and when: security fixes, all others, freezes, pins."),
    ]

    static let helperNames = ["start", "noshell"]
    static let signalNames = [
        "SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGKILL", "SIGRTMIN+3",
    ]

    private static let platform = Shape.choice("platform", Platform.allCases.map(\.description)).map { Platform($0) ?? .amd64 }

    private static func version(of text: Shape<String>) -> Shape<VersionSource> {
        text.map { $0.hasPrefix("package:") ? .package(String($0.dropFirst(8))) : .literal($0) }
    }

    private static func withoutSlashes(_ links: [String: String]) -> [String: String] {
        Dictionary(links.map { (String($0.key.dropFirst()), $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}
