// SPDX-License-Identifier: Apache-2.0

extension Collection where Self: Sendable, Element: Sendable {
    /// Transforms every element with at most `limit` at once; results keep the order of the elements.
    /// The first error cancels the rest.
    package func concurrentMap<Result: Sendable>(
        limit: Int, _ transform: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [Result?] = Array(repeating: nil, count: count)
            var pending = enumerated().makeIterator()
            for _ in 0..<Swift.max(1, limit) {
                guard let (index, element) = pending.next() else { break }
                group.addTask { (index, try await transform(element)) }
            }
            while let (index, result) = try await group.next() {
                results[index] = result
                if let (index, element) = pending.next() { group.addTask { (index, try await transform(element)) } }
            }
            return results.compactMap(\.self)
        }
    }
}
