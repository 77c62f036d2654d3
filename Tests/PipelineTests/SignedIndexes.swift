// SPDX-License-Identifier: Apache-2.0

/// Release files signed by a key that was made for them and thrown away.
enum SignedIndexes {
    static let fingerprint = "55F5BEDEEA66625C26FF1CBCA434F1ADFBF497EC"
    static let keyring = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEXeMCgBYJKwYBBAHaRw8BAQdAZbLxwNTh+WijKhhPFe/Dupon94XXFJSTIlFY
        NRDNG6W0KkFyY2hpdmUgb2YgdGhlIHRlc3RzIDxhcmNoaXZlQGV4YW1wbGUub3Jn
        PoiQBBMWCAA4FiEEVfW+3upmYlwm/xy8pDTxrfv0l+wFAl3jAoACGwMFCwkIBwIG
        FQoJCAsCBBYCAwECHgECF4AACgkQpDTxrfv0l+w1bQEA5SAOaQ2h04tEpCJUTT7l
        zQMv4P9AyPs2WTsWntbYiWkBAID6XiMYK9B/JimtRb8bZ40BSM3tIOR0qp6QdnJW
        PGkP
        =BEB5
        -----END PGP PUBLIC KEY BLOCK-----

        """
    /// Of 2 January 2020, valid for a week.
    static let second = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Debian
        Suite: test
        Codename: test
        Date: Thu, 02 Jan 2020 00:00:00 UTC
        Valid-Until: Thu, 09 Jan 2020 00:00:00 UTC
        Architectures: amd64
        Components: main
        SHA256:
         6a93e780dd604619af0d2dd4f27dddce333dc7728f9d7847d8a41c2b177548df 272 main/binary-amd64/Packages.xz
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQRV9b7e6mZiXCb/HLykNPGt+/SX7AUCXeMCgAAKCRCkNPGt+/SX
        7G6JAP9f5XPIxirotL3FjcZCkmAcZ/H0QEhVY2rBQWmmr9a99wD/a1JX3SgHevQ/
        NwYZblDnrL19y4djcdiHB7Md+tVRPQw=
        =U7dW
        -----END PGP SIGNATURE-----

        """
    /// A day older, valid for longer.
    static let first = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Debian
        Suite: test
        Codename: test
        Date: Wed, 01 Jan 2020 00:00:00 UTC
        Valid-Until: Fri, 10 Jan 2020 00:00:00 UTC
        Architectures: amd64
        Components: main
        SHA256:
         6a93e780dd604619af0d2dd4f27dddce333dc7728f9d7847d8a41c2b177548df 272 main/binary-amd64/Packages.xz
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQRV9b7e6mZiXCb/HLykNPGt+/SX7AUCXeMCgAAKCRCkNPGt+/SX
        7BzaAPsGPu2AcFbXdRWE1KvRLSDmvSJVRyhjShHww4oDvJzTcwEA2mjpdMrTpTOJ
        JWOXF9FRIuOe+G6iir9NASdXDCdiogQ=
        =AU9R
        -----END PGP SIGNATURE-----

        """
    /// Without Valid-Until.
    static let endless = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Debian
        Suite: test
        Codename: test
        Date: Thu, 02 Jan 2020 00:00:00 UTC
        Architectures: amd64
        Components: main
        SHA256:
         6a93e780dd604619af0d2dd4f27dddce333dc7728f9d7847d8a41c2b177548df 272 main/binary-amd64/Packages.xz
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQRV9b7e6mZiXCb/HLykNPGt+/SX7AUCXeMCgAAKCRCkNPGt+/SX
        7BzmAQDgrMkvieDtUFZv4L4IJCeEQuj+2U9b5OC9n47L0xdojgEAvlQOhf3t05Jd
        TkrXqdQviUjejAsdFtgiGcmGkSQamgw=
        =8Swg
        -----END PGP SIGNATURE-----

        """
    /// Of another suite.
    static let foreign = """
        -----BEGIN PGP SIGNED MESSAGE-----
        Hash: SHA256

        Origin: Debian
        Suite: other
        Codename: other
        Date: Thu, 02 Jan 2020 00:00:00 UTC
        Valid-Until: Thu, 09 Jan 2020 00:00:00 UTC
        Architectures: amd64
        Components: main
        SHA256:
         6a93e780dd604619af0d2dd4f27dddce333dc7728f9d7847d8a41c2b177548df 272 main/binary-amd64/Packages.xz
        -----BEGIN PGP SIGNATURE-----

        iHUEARYIAB0WIQRV9b7e6mZiXCb/HLykNPGt+/SX7AUCXeMCgAAKCRCkNPGt+/SX
        7DP/AP445MEDja8NrsKLG7Z/RBaHxxiP8s4GeG0UyO+VRIhCIwD/RceOTvoBoLs5
        nD4chVCH2SiepvLjjadTqKP4As+uHwY=
        =VCLF
        -----END PGP SIGNATURE-----

        """
    /// The index of packages that all of them name, in base64.
    static let packages =
        "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ADtAM1dACgYSGbb2jCF/hblXKh4+VxOOUP4af9UyCy7p5FkaZPBmqd5T67Kmk2OmjEb"
        + "EAUk2rXAjiw7O0zwZB4EqWeoMXSVqXz7sI60sk5wXjjOZOknxvBuuI4/AY3eWA8XdHKd7eAbaqECJEMhKZF7yPP/ifkRjJZCj/Ey"
        + "huIlXLTZKtYnfNsf1709EYngYiDRxO/WX5hvkfxrI5clAQn2+VyO58JwgvNvM/6lh7b+XL+lI3Km+tH27E7Xg+Ia50rqKL7piHcF"
        + "y16vVt/JlgavjgAAAAAAOAhfCP5i2KgAAekB7gEAABvrHPixxGf7AgAAAAAEWVo="
}
