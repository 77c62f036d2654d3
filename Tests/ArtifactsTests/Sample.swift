// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// A small catalog in memory that uses every key; tests change one file of it.
enum Sample {
    static let files: [String: String] = [
        "suites/trixie.yaml": suite, "profiles/base.yaml": base, "profiles/tls.yaml": tls, "profiles/dev.yaml": dev,
        "images/python/image.yaml": image, "images/python/3.13.yaml": recipe, "images/python/3.9.yaml": older,
        "images/python/overview.md": "# Python\n", "images/python/files/app.conf": "listen {triplet};\n", "scripts.yaml": scripts,
    ]

    static func loader(changing changes: [String: String?] = [:]) -> RecipeLoader {
        var all = files
        for (path, text) in changes { all[path] = text }
        return RecipeLoader(CatalogFiles(all.mapValues { Array($0.utf8) }))
    }

    /// The diagnoses of the whole catalog with some files changed; empty when it has none.
    static func diagnoses(changing changes: [String: String?]) throws -> [Diagnosis] {
        do {
            _ = try loader(changing: changes).catalog()
            return []
        } catch let error as Diagnoses {
            return error.all
        }
    }

    static let suite = """
        archives:
          - {suite: trixie, base: debian, keyring: a.gpg, fingerprints: [04B54C3CDCA79751B16BC6B5225629DF75B188BD], valid-until: false, maximum-age-days: 120}
          - suite: trixie-security
            base: debian-security
            components: [main, contrib]
            keyring: b.gpg
            fingerprints: [5E04A1E3223A19A20706E20F9904613D4CCE68C6]
            valid-until: true
        """
    static let base = """
        suite: trixie
        platforms: [linux/arm64, linux/amd64]
        contents:
          packages: [base-files, tzdata]
          exclude:
            - {package: perl-base, reason: only scripts use it}
          drop:
            - {paths: [usr/share/man, "usr/share/doc/*/*"], except: ["usr/share/doc/*/copyright"], reason: nobody reads it there}
        steps: [usr-merge, accounts]
        accounts:
          users: [{name: nonroot, uid: 65532, gid: 65532, home: /home/nonroot}]
          groups: [{name: nonroot, gid: 65532}]
          run-as: "65532:65532"
        environment: {LANG: C.UTF-8, MODE: base}
        annotations: {org.opencontainers.image.vendor: Example}
        writable: [/tmp]
        """
    static let tls = """
        extends: base
        contents:
          packages:
            - ca-certificates
            - {package: openssl, only: [usr/lib/ssl/cert.pem, etc/ssl/openssl.cnf], reason: default paths of the library}
        steps: [accounts, ca-bundle]
        """
    static let dev = """
        extends: base
        contents: {packages: [perl-base, bash]}
        exceptions: [{rule: no-shell, reason: developers use one}]
        """
    static let image = """
        title: Python
        summary: The Python interpreter
        licence: PSF-2.0
        latest: "3.13"
        """
    static let older = """
        stream: "3.9"
        extends: base
        version: "3.9.1"
        """
    static let scripts = """
        kinds: {prerm: never runs when a fresh root is assembled}
        triggers: {ldconfig: libraries are in built-in directories}
        scripts:
          - {sha256: \(hash(1)), script: postinst, packages: [ca-certificates], emulate: [ca-bundle], note: all of them}
          - {sha256: \(hash(2)), script: postinst, packages: [libc6], ignore: upgrade only}
        """
    static func hash(_ digit: Int) -> String { String(repeating: "a\(digit)", count: 32) }

    static let recipe = """
        stream: "3.13"
        title: Python 3.13
        extends: tls
        version: package:python3.13-minimal
        tags: ["{major}.{minor}", "{version}"]
        contents:
          packages: [python3.13-minimal]
          exclude:
            - {package: media-types, reason: built-in tables are used}
        steps: [{php-modules: {version: "8.4", interfaces: [cli, fpm]}}, {copyright-from: gcc-14-base}, ca-bundle]
        files:
          - path: /etc/app.conf
            source: files/app.conf
          - {path: "/etc/{triplet}/x.conf", mode: "0640", owner: "65532:0", content: "a: {arch} ${arch}"}
        directories:
          - {path: /var/lib/app, mode: "0770", owner: "65532:0"}
        links: {/usr/bin/python3: python3.13}
        helpers: [noshell]
        start: ["mkdir 0700 ${DATA}", "exec /usr/bin/python3.13"]
        environment: {MODE: image}
        ports: [8080/tcp, 5353/udp]
        volumes: [/var/lib/app]
        writable: [/tmp, /var/lib/app]
        entrypoint: ["/usr/lib/{triplet}/python3.13"]
        cmd: []
        working-directory: /
        stop-signal: SIGINT
        annotations: {org.opencontainers.image.licenses: PSF-2.0}
        dates: {release: 2024-10-07, end-of-life: 2029-10-31}
        library-directories: ["usr/lib/jvm/java-21-openjdk-{arch}/lib/server"]
        exceptions: [{rule: elf-closure, paths: ["usr/lib/{arch,x}/a"], reason: a choice stays}]
        compression: zstd
        variants:
          dev:
            extends: dev
            contents: {packages: [python3-pip]}
            contract:
              - {name: imports its C modules, run: [python3.13, -c, import pip]}
              - {name: answers, drop: nothing listens}
              - {name: installs, run: [pip], users: root}
        contract:
          - name: imports its C modules
            run: [python3.13, -c, import ssl]
            environment: {A: b}
            files: {/run/secrets/password: x}
            input: text
            users: nonroot
            timeout: 10
            expect: {exit: 0, stdout: one, stderr: [], absent: [Traceback, error]}
          - name: sees its C library
            probe: dynamic
          - name: answers
            args: [-m, http.server]
            server:
              ready-within: 20
              stops-within: 5
              steps:
                - http: {port: 8080, path: /healthz, status: 204, contains: [ok]}
                - tcp: {port: 6379, send: "PING\\r\\n", contains: [PONG]}
                - udp: {port: 5353, send-hex: "00ff", contains-hex: [c0a8, "0001"], contains: a}
                - fastcgi: {port: 9000, parameters: {SCRIPT_NAME: /ping}, contains: [pong]}
                - exec: {run: [/usr/bin/x], environment: {X: "1"}, expect: {exit: any}}
                - restart
                - kill
                - kill: {when-exists: "/var/lib/{arch}.new"}
            expect: {exit: 143}
        """
}
