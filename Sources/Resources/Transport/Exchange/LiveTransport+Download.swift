// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
import AsyncHTTPClient
import Base
import NIOCore

extension LiveTransport {
    /// One try. nil when what is on disk turned out useless and was thrown away: the next try starts from nothing.
    func downloadOnce(_ request: WebRequest, at address: WebAddress, to partial: PartialFile, limit: Int) async throws -> WebResponse? {
        var request = request
        let validator = partial.validator
        let held = validator == nil ? 0 : partial.size
        if held > limit {
            partial.discard()
            return nil
        }
        if held > 0, let validator {
            request.headers["Range"] = "bytes=\(held)-"
            request.headers["If-Range"] = validator
        }
        let answer = try await open(request, at: address)
        let head = WebResponse(status: answer.status, headers: answer.headers)
        switch answer.status {
        case 200:
            try await receive(answer, to: partial, from: 0, whole: answer.length, limit: limit)
            return head
        case 206:
            guard held > 0, let range = ContentRange(answer.headers["content-range"]), range.first == held else {
                partial.discard()
                return nil
            }
            if let current = PartialFile.validator(of: answer.headers), current != validator {
                partial.discard()
                return nil
            }
            try await receive(answer, to: partial, from: held, whole: range.total, limit: limit)
            return head
        case 416 where held > 0:
            // The validator held (else the answer were 200), so a file of just this size is whole.
            if ContentRange.unsatisfied(answer.headers["content-range"]) == held {
                try partial.setValidator(nil)
                return WebResponse(status: 200, headers: answer.headers)
            }
            partial.discard()
            return nil
        default: return head
        }
    }

    private func receive(_ answer: Answer, to partial: PartialFile, from start: Int, whole: Int?, limit: Int) async throws {
        let shown = answer.address.shown
        if let whole, whole > limit { throw TransportError.tooLarge(shown, limit: limit) }
        if isPage(answer) { throw TransportError.htmlAnswer(shown) }
        let writer = try PartialFile.Writer(partial.path, appending: start > 0)
        if start == 0 { try partial.setValidator(PartialFile.validator(of: answer.headers)) }
        var size = start
        do {
            for try await chunk in answer.response.body {
                guard size + chunk.readableBytes <= limit else { throw TransportError.tooLarge(shown, limit: limit) }
                try writer.write(chunk.readableBytesView)
                size += chunk.readableBytes
            }
        } catch { throw Failures.translated(error, host: answer.address.host, route: answer.route, received: size, answer: answer) }
        if let whole, size != whole { throw TransportError.interrupted(shown, received: size, expected: whole) }
        try partial.setValidator(nil)
    }

    private func isPage(_ answer: Answer) -> Bool {
        let isHTML = answer.headers["content-type"]?.lowercased().hasPrefix("text/html") ?? false
        return isHTML && ![".html", ".htm"].contains { answer.address.path.lowercased().hasSuffix($0) }
    }
}

/// `bytes 100-199/200`, and `bytes */200` of an answer 416.
struct ContentRange: Equatable {
    let first: Int
    let last: Int
    /// nil for `*`.
    let total: Int?

    init?(_ text: String?) {
        guard let text, text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/")
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, last >= first else { return nil }
        total = Int(parts[1])
        guard total != nil || parts[1] == "*", (total ?? Int.max) > last else { return nil }
        self.first = first
        self.last = last
    }

    static func unsatisfied(_ text: String?) -> Int? {
        guard let text, text.lowercased().hasPrefix("bytes */") else { return nil }
        return Int(text.dropFirst(8))
    }
}
