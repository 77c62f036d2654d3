// SPDX-License-Identifier: Apache-2.0

/// The keys below `accounts`, `files` and `directories`.
enum AccountsShape {
    static let accounts = RecordShape<AccountsDraft>(
        name: "accounts", title: "the accounts",
        keys: [
            .optional("users", \.users, .list(of: user.shape, named: "a list of users", unique: ("user", \.name)), "Lines of /etc/passwd."),
            .optional(
                "groups", \.groups, .list(of: group.shape, named: "a list of groups", unique: ("group", \.name)), "Lines of /etc/group."),
            .optional(
                "run-as", \.runAs, Shape.text(.owner).located,
                "The numeric user and group the image runs as, in quotes: \"65532:65532\", which is also what stands when left out."),
        ], empty: { AccountsDraft() })

    private static let identifier = Shape<Int>.integer(0...4_294_967_294)

    private static let user = RecordShape<User>(
        name: "user", title: "a user",
        keys: [
            .required("name", \.name, .text(.accountName), "The user's name."),
            .required("uid", \.uid, identifier, "The user's number."),
            .required("gid", \.gid, identifier, "The number of the user's group."),
            .required("home", \.home, .text(.directoryPath), "The home directory: /home/nonroot."),
        ], empty: { User(name: "", uid: 0, gid: 0, home: "/") })

    private static let group = RecordShape<Group>(
        name: "group", title: "a group",
        keys: [
            .required("name", \.name, .text(.accountName), "The group's name."),
            .required("gid", \.gid, identifier, "The group's number."),
        ], empty: { Group(name: "", gid: 0) })

    static let file = RecordShape<FileDraft>(
        name: "file", title: "a file",
        keys: [
            .required("path", \.path, .text(.absolutePath), "Where it is in the image: /etc/nginx/nginx.conf."),
            .optional("content", \.content, .text(.content), "Its text."),
            .optional("source", \.source, .text(.relativePath), "The file with its text, from the folder of the recipe: files/nginx.conf."),
            .optional("mode", \.mode, mode, "Its permissions in octal, in quotes: \"0644\", which is also what stands when left out."),
            .optional(
                "owner", \.owner, owner, "Its owner as numeric uid:gid, in quotes: \"0:0\", which is also what stands when left out."),
        ], empty: { FileDraft() },
        check: { file, node, reader in
            guard (file.content == nil) == (file.source == nil) else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "either content or source for the file \(file.path)",
                    found: file.content == nil ? "neither" : "both", fix: "write the text at content, or name a file at source"))
        })

    static let directory = RecordShape<DirectoryDraft>(
        name: "directory", title: "a directory",
        keys: [
            .required("path", \.path, .text(.absolutePath), "Where it is in the image: /var/lib/postgresql."),
            .optional("mode", \.mode, mode, "Its permissions in octal, in quotes: \"0755\", which is also what stands when left out."),
            .optional(
                "owner", \.owner, owner, "Its owner as numeric uid:gid, in quotes: \"0:0\", which is also what stands when left out."),
        ], empty: { DirectoryDraft() })

    private static let mode = Shape.text(.mode).map { Int($0, radix: 8) ?? 0 }
    private static let owner = Shape.text(.owner).map { Owner($0) }
}

extension RecipeDirectory {
    init(_ draft: DirectoryDraft) {
        self.init(path: String(draft.path.dropFirst()), mode: draft.mode, uid: draft.owner.uid, gid: draft.owner.gid)
    }
}
