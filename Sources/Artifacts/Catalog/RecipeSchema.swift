// SPDX-License-Identifier: Apache-2.0
// https://json-schema.org/draft/2020-12/json-schema-core
package import Base

/// The JSON Schema of the catalog's YAML files, made from the tables that read them: `docs/recipe.schema.json`.
///
/// The document itself describes a recipe; `#/$defs/profile`, `image`, `suite`, `scripts` and `triage` describe the other files.
/// It accepts whatever the reader accepts. What spans two keys or two files, only the reader sees.
package enum RecipeSchema {
    package static var document: JSON {
        let parts = [
            RecipeShape.recipe.shape.schema, RecipeShape.profile.shape.schema, ImageShape.image.shape.schema,
            SuiteShape.suite.shape.schema, ScriptShape.table.shape.schema, TriageShape.file.schema,
        ]
        let whole = Schema([:], using: parts)
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Ashlar recipe",
            "description": "Generated from the tables in Sources/Artifacts/Catalog. docs/recipe.md explains every key.",
            "$ref": "#/$defs/recipe", "$defs": .object(whole.definitions),
        ]
    }
}
