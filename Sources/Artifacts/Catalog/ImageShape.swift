// SPDX-License-Identifier: Apache-2.0

/// The keys of `image.yaml`.
enum ImageShape {
    struct Draft: Sendable {
        var title = ""
        var summary = ""
        var licence: String?
        var streams: [Located<String>] = []
        var latest: Located<String>?
    }

    static let image = RecordShape<Draft>(
        name: "image", title: "image.yaml",
        keys: [
            .required("title", \.title, .text(.line), "The name people read: Python."),
            .required("summary", \.summary, .text(.line), "What the image is for, in one line."),
            .optional("licence", \.licence, .text(.licence), "The licence of the main program as an SPDX expression: PSF-2.0."),
            .optional(
                "streams", \.streams,
                .list(of: Shape.text(.streamName).located, named: "a list of streams", minimum: 1, unique: ("stream", { $0.value })),
                "The order in which streams are shown; those left out follow, newest first."),
            .optional("latest", \.latest, Shape.text(.streamName).located, "The stream that the tag latest points to."),
        ], empty: { Draft() })
}
