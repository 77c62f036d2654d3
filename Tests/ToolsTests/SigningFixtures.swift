// SPDX-License-Identifier: Apache-2.0

/// Throw-away ed25519 keys made for these tests, and documents they signed on 2020-01-02. The private keys were not kept.
enum SigningFixtures {
    static let first = "D2C97D0CF3CE2E741D8F69E64D8E878E3F271ACE"
    static let second = "4BA3290A06523BAF6127A70CF18476114FC9829A"
    /// Expired on 2020-01-31.
    static let expired = "73A1956EBF6CE7E667CF117A2E83FC7FEA2CF227"
    /// What all the documents say.
    static let body = "Origin: Fixture\nSuite: test\n- dash line\n"

    static let firstKey = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEXgvhABYJKwYBBAHaRw8BAQdANcbMW9O879GrJu/2BA/BUzqcXIjbCeb1r+BJ
        b/8DALu0BUZpcnN0iJAEExYIADgWIQTSyX0M884udB2PaeZNjoeOPycazgUCXgvh
        AAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRBNjoeOPycaznt2AQDONQIO
        qOlW2ZcBCXH19tXlmrAEksPlc2P2TtFRVe/reAEA+WjHFtaviFhXO0ofpTuRgXJ0
        7s36srLr/FueYZXzuQY=
        =lzme
        -----END PGP PUBLIC KEY BLOCK-----

        """
    static let secondKey = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEXgvhABYJKwYBBAHaRw8BAQdAypUBdQWKeia5L/yR9CCFpR2bRjRldVQE3m4h
        D3sQYvO0BlNlY29uZIiQBBMWCAA4FiEES6MpCgZSO69hJ6cM8YR2EU/JgpoFAl4L
        4QACGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ8YR2EU/JgpoaRQD/eB2l
        aWx6YJOq+vO4TfHcvFuMwNocTs4VyuUhc47ij1MA/jdlrw7l/e6qvIJlJGthAf5D
        r9ctx1mlJ/tJTT1Gd8kG
        =rd4A
        -----END PGP PUBLIC KEY BLOCK-----

        """
    static let expiredKey = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEXgvhABYJKwYBBAHaRw8BAQdAfR8VEKb23S6JMmR6NOCmIK3V50jO/We8bibf
        z0x1A920B0V4cGlyZWSIlgQTFggAPhYhBHOhlW6/bOfmZ88Rei6D/H/qLPInBQJe
        C+EAAhsDBQkAJ40ABQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEC6D/H/qLPIn
        8qUBAOr3L3UEHmtm27Ktpgq0Y5QUFVxw+2d79DFeqLdRPB/pAP9oK+GF8yiLnvHP
        O0HHI+1ru18pBew1/7hWIxgej3FMDw==
        =LPTj
        -----END PGP PUBLIC KEY BLOCK-----

        """
    static let revokedSecondKey = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEXgvhABYJKwYBBAHaRw8BAQdAypUBdQWKeia5L/yR9CCFpR2bRjRldVQE3m4h
        D3sQYvOIeAQgFggAIBYhBEujKQoGUjuvYSenDPGEdhFPyYKaBQJeC+EAAh0AAAoJ
        EPGEdhFPyYKaiJEA/3Fccq2GF1Lc6Mlg6Zt7fAwHMJUVXOZFTx3oOH2XqYq5APoC
        iAbNmqP1BayOqyyBIsvjnMWbLlNX++8Tu2g8O30rArQGU2Vjb25kiJAEExYIADgW
        IQRLoykKBlI7r2EnpwzxhHYRT8mCmgUCXgvhAAIbAwULCQgHAgYVCgkICwIEFgID
        AQIeAQIXgAAKCRDxhHYRT8mCmhpFAP94HaVpbHpgk6r687hN8dy8W4zA2hxOzhXK
        5SFzjuKPUwD+N2WvDuX97qq8gmUka2EB/kOv1y3HWaUn+0lNPUZ3yQY=
        =5pCl
        -----END PGP PUBLIC KEY BLOCK-----

        """
    static let signedByFirst = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Fixture
        Suite: test
        - - dash line
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQTSyX0M884udB2PaeZNjoeOPycazgUCXg0ygAAKCRBNjoeOPyca
        zpcoAP9E29vJ24UYQqQxYf8FOSkJ9udJrOCp+4exoSbMi28SHAEAio1r+C5eMoZy
        Bhe9gv/2gWk0zv81hVzjKeX3Bb2OLw8=
        =XcVO
        -----END PGP SIGNATURE-----

        """
    static let signedBySecond = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Fixture
        Suite: test
        - - dash line
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQRLoykKBlI7r2EnpwzxhHYRT8mCmgUCXg0ygAAKCRDxhHYRT8mC
        mi3vAQDT+jj4mdFOY8jd4wunspuXn6/kPJGCSGImrvaH95aVoQD8CmwevYdGkObL
        P7rYEgNwm0MlI8FvHvbw6Wu+Q6qkIQ0=
        =iIxD
        -----END PGP SIGNATURE-----

        """
    static let signedByExpired = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Fixture
        Suite: test
        - - dash line
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQRzoZVuv2zn5mfPEXoug/x/6izyJwUCXg0ygAAKCRAug/x/6izy
        J/CfAP0ZRLezYgqit9thbjHO4xNzXV2BmiVVhePFz3lLRYqVwQEAmBF9L3NUliIV
        vnc3W+msUAeWasCUbxxCzGgrxLxlDQk=
        =kkpX
        -----END PGP SIGNATURE-----

        """
    static let signedByBoth = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Fixture
        Suite: test
        - - dash line
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQTSyX0M884udB2PaeZNjoeOPycazgUCXg0ygAAKCRBNjoeOPyca
        zpcoAP9E29vJ24UYQqQxYf8FOSkJ9udJrOCp+4exoSbMi28SHAEAio1r+C5eMoZy
        Bhe9gv/2gWk0zv81hVzjKeX3Bb2OLw+IdQQBFggAHRYhBEujKQoGUjuvYSenDPGE
        dhFPyYKaBQJeDTKAAAoJEPGEdhFPyYKaLe8BANP6OPiZ0U5jyN3jC6eym5efr+Q8
        kYJIYiau9of3lpWhAPwKbB69h0aQ5ss/utgSA3CbQyUjwW8e9vDpa75DqqQhDQ==
        =hoDN
        -----END PGP SIGNATURE-----

        """
    static let signedWithSHA1 = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA1

        Origin: Fixture
        Suite: test
        - - dash line
        -----BEGIN PGP SIGNATURE-----

        iHUEARYCAB0WIQTSyX0M884udB2PaeZNjoeOPycazgUCXg0ygAAKCRBNjoeOPyca
        zofNAQDOF+7jZmu/grUMtVT+nEjNNwhrW0Wkl7utGYXkDswrugEA0xbrm4kEulPy
        5lQ7ZLYKe7Cv1cEsXlvsa2DJYFMcWww=
        =UX3N
        -----END PGP SIGNATURE-----

        """
}
