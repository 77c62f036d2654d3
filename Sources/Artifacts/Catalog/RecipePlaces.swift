// SPDX-License-Identifier: Apache-2.0

/// Where in the catalog's files a recipe says what only an archive can contradict, so that the contradiction has a place.
///
/// It is beside the recipe's value and no part of it: recipes are equal wherever they are written, and the encoded form of one
/// does not mention places.
package struct RecipePlaces: Hashable, Sendable, Codable {
    /// Package -> the lowest request for it.
    package var requests: [String: Place] = [:]
    /// Package -> its exclusion.
    package var exclusions: [String: Place] = [:]
    package var version: Place?

    package init() {}
    package init(from decoder: any Decoder) { self.init() }
    package func encode(to encoder: any Encoder) {}
    package static func == (a: RecipePlaces, b: RecipePlaces) -> Bool { true }
    package func hash(into hasher: inout Hasher) {}
}

// What the compiler writes for a recipe calls these, and so leaves the key out.
extension KeyedEncodingContainer {
    mutating func encode(_ places: RecipePlaces, forKey key: Key) {}
}
extension KeyedDecodingContainer {
    func decode(_ type: RecipePlaces.Type, forKey key: Key) -> RecipePlaces { RecipePlaces() }
}
