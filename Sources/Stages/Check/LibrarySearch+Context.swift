// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

extension LibrarySearch {
    /// How programs of the image find libraries: also where its recipe says.
    init(_ context: HardeningContext) {
        self.init(context.tree, platform: context.image.platform, declared: Self.declared(context))
    }

    // Declared directories may be patterns, because some are named after the architecture.
    private static func declared(_ context: HardeningContext) -> [String] {
        context.recipe.libraryDirectories.flatMap { text -> [String] in
            guard text.contains("*") || text.contains("{"), let pattern = PathPattern(text) else { return [text] }
            return context.entries.filter { $0.kind == .directory && pattern.matches($0.path) }.map(\.path)
        }
    }
}
