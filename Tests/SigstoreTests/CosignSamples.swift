// SPDX-License-Identifier: Apache-2.0

/// What cosign 2.5 and 3.1 wrote about one image, byte for byte.
enum CosignSamples {
    static let subject = "sha256:95677e7f76b825db8a069fa418e67f4e9335123eb96fb6925f81d1befa50d427"

    /// cosign 2: simple signing payload.
    static let payload2 =
        #"{"critical":{"identity":{"docker-reference":"127.0.0.1:5055/hello"},"image":{"docker-manifest-digest":"sha256:"#
        + #"95677e7f76b825db8a069fa418e67f4e9335123eb96fb6925f81d1befa50d427"},"type":"cosign container image signature"},"#
        + #""optional":null}"#

    /// cosign 2: the signature in the annotation.
    static let signature2 =
        #"MEQCIAvjr5hjSfUqNJHYx54UNmjVREu9ImsD2sobW+O55BgvAiAPdu/loV2sm0dNuIGE2RP7YGtNmILyPdRIxSKfNbx5+Q=="#

    /// cosign 2: the CycloneDX layer of the `.att` manifest.
    static let envelope2 =
        #"{"payloadType":"application/vnd.in-toto+json","payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvd"#
        + #"jAuMSIsInByZWRpY2F0ZVR5cGUiOiJodHRwczovL2N5Y2xvbmVkeC5vcmcvYm9tIiwic3ViamVjdCI6W3sibmFtZSI6IjEyNy4wLjAuMTo1MDU"#
        + #"1L2hlbGxvIiwiZGlnZXN0Ijp7InNoYTI1NiI6Ijk1Njc3ZTdmNzZiODI1ZGI4YTA2OWZhNDE4ZTY3ZjRlOTMzNTEyM2ViOTZmYjY5MjVmODFkM"#
        + #"WJlZmE1MGQ0MjcifX1dLCJwcmVkaWNhdGUiOnsiYm9tRm9ybWF0IjoiQ3ljbG9uZURYIiwiY29tcG9uZW50cyI6W10sInNwZWNWZXJzaW9uIjo"#
        + #"iMS42IiwidmVyc2lvbiI6MX19","signatures":[{"keyid":"","sig":"MEUCIAUH8nplVPXUHnVME694I4QsDV5ti2dftwV1nms4RFOqAi"#
        + #"EAz2XFV46aiYpSKBgdpVbySpoAngfVuQbDUow1dkNO7ME="}]}"#

    /// cosign 3: the bundle of the image signature.
    static let signatureBundle3 =
        #"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"AS8P"#
        + #"R5pICneRZ4ogdc45Dfab7uHjZr5B8aoC0Z2xjc4="}},"dsseEnvelope":{"payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9"#
        + #"TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbeyJkaWdlc3QiOnsic2hhMjU2IjoiOTU2NzdlN2Y3NmI4MjVkYjhhMDY5ZmE0MThlNjdmNGU5MzM1M"#
        + #"TIzZWI5NmZiNjkyNWY4MWQxYmVmYTUwZDQyNyJ9LCJhbm5vdGF0aW9ucyI6e319XSwicHJlZGljYXRlVHlwZSI6Imh0dHBzOi8vc2lnc3RvcmU"#
        + #"uZGV2L2Nvc2lnbi9zaWduL3YxIiwicHJlZGljYXRlIjp7fX0=","payloadType":"application/vnd.in-toto+json","signatures":["#
        + #"{"sig":"MEUCIC2lMJHExQ6kHJ5zrlt+ps4cVdmPc3quRJPARQ9Pn7fAAiEAwh2d7Lfn4ZgKUc0w5OgrkSbSwM1f4TElu539LTE9HbU="}]}}"#

    /// cosign 3: the bundle of the CycloneDX attestation.
    static let attestationBundle3 =
        #"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"AS8P"#
        + #"R5pICneRZ4ogdc45Dfab7uHjZr5B8aoC0Z2xjc4="}},"dsseEnvelope":{"payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9"#
        + #"TdGF0ZW1lbnQvdjAuMSIsInN1YmplY3QiOlt7Im5hbWUiOiIxMjcuMC4wLjE6NTA1NS9oZWxsbzMiLCJkaWdlc3QiOnsic2hhMjU2IjoiOTU2N"#
        + #"zdlN2Y3NmI4MjVkYjhhMDY5ZmE0MThlNjdmNGU5MzM1MTIzZWI5NmZiNjkyNWY4MWQxYmVmYTUwZDQyNyJ9fV0sInByZWRpY2F0ZVR5cGUiOiJ"#
        + #"odHRwczovL2N5Y2xvbmVkeC5vcmcvYm9tIiwicHJlZGljYXRlIjp7ImJvbUZvcm1hdCI6IkN5Y2xvbmVEWCIsImNvbXBvbmVudHMiOltdLCJzc"#
        + #"GVjVmVyc2lvbiI6IjEuNiIsInZlcnNpb24iOjF9fQ==","payloadType":"application/vnd.in-toto+json","signatures":[{"sig""#
        + #":"MEUCIQDiieS6bARZV51ZF2IfeMBo6xa0/jVMYtKEq8yL9O7RugIgNTwBl9laN93Y34hx8jlygE08luqcP73U8JhIkVqMQOk="}]}}"#

    /// cosign 3: the bundle of a signed file, which is a messageSignature.
    static let blobBundle3 =
        #"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"AS8P"#
        + #"R5pICneRZ4ogdc45Dfab7uHjZr5B8aoC0Z2xjc4="}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","diges"#
        + #"t":"UzOIfWGvnGUOIRXs+UXvVrs8O/5omyt493ch2Ve/AIc="},"signature":"MEUCIQC3epq1ubAyZ1EXBWxHYro8u+rBW6E3wvyVhg3vNS"#
        + #"1J+wIgQmXHR3CAEGnxYse35c2U0zIEjWTwe3xK4+/U5zeSn/0="}}"#

    /// The key of what cosign 2 wrote.
    static let key2 = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzRe4uOrRJyvuFeSoMd85o2A+mBvS
        LcgpUBemxPpU+LSuQLxs7QDB7YSme0aG8UGh/AQ7rV7tdUuaKB6sAZQjcg==
        -----END PUBLIC KEY-----
        """

    /// The key of what cosign 3 wrote.
    static let key3 = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKiDBTMDUgoJBwHyFA3FiZQOM2/h6
        oRI0mFd+1aAipvNhx+tUnEJqOCK6BKafw82qiYEO+eGYSsdX5JCVq3Ba/Q==
        -----END PUBLIC KEY-----
        """
}
