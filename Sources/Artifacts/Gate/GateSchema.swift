// SPDX-License-Identifier: Apache-2.0
// https://json-schema.org/draft/2020-12/json-schema-core
package import Base

/// The JSON Schema of `gate.yaml`, made from the table that reads it: `docs/gate.schema.json`.
package enum GateSchema {
    package static var document: JSON {
        let whole = Schema([:], using: [GateShape.gate.shape.schema])
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Ashlar gate",
            "description": "Generated from the table in Sources/Artifacts/Gate. docs/gate.md explains every key.",
            "$ref": "#/$defs/gate", "$defs": .object(whole.definitions),
        ]
    }
}
