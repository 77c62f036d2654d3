// SPDX-License-Identifier: Apache-2.0
import Base
import Testing
import Tokens

@Suite struct WebhookSignatureTests {
    // The example of the specification, computed by another program.
    @Test func `a message is signed as the specification's own example`() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let headers = secret.headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Timestamp(seconds: 1_614_265_330), body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(headers["webhook-timestamp"] == "1614265330" && headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek")
    }

    @Test(arguments: [
        "", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!", "whsec_" + String(repeating: "A", count: 300),
    ])
    func `what is no secret or too short is none`(text: String) { #expect(WebhookSecret(text) == nil) }

    @Test func `a new secret is one and does not show itself`() throws {
        var generator = SystemRandomNumberGenerator()
        let text = WebhookSecret.generate(using: &generator)
        #expect("\(try #require(WebhookSecret(text)))" == "a secret")
        #expect(WebhookSecret.generate(using: &generator) != text)
    }
}
