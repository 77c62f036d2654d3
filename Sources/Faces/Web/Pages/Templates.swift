// SPDX-License-Identifier: Apache-2.0
import Mustache

/// The pages' templates. They are part of the program, so that one file is all there is to install.
enum Templates {
    static func library() throws(WebError) -> MustacheLibrary {
        var library = MustacheLibrary()
        for (name, text) in [("layout", layout), ("home", home), ("image", image), ("message", message), ("platforms", platforms)] {
            do { try library.register(text, named: name) } catch { throw .badTemplate(name: name, reason: "\(error)") }
        }
        return library
    }

    private static let layout = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}} · Ashlar</title>
        <link rel="stylesheet" href="\(Stylesheet.path)?v={{style}}">
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top"><div class="wrap"><a class="brand" href="/"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5 1h6v4H5zM3 6h6v4H3zM10 6h3v4h-3zM1 11h5v4H1zM10 11h5v4h-5z"/></svg>Ashlar</a>
        <nav aria-label="Catalog"><a href="/"{{#isHome}} aria-current="page"{{/isHome}}>Images</a></nav></div></header>
        <main id="main" class="wrap">
        {{$content}}{{/content}}
        </main>
        <footer class="foot"><div class="wrap"><p>Vulnerabilities are not assessed yet: no number here means no number, not zero.</p>
        <ul><li><a href="/v2/_catalog">Registry API</a></li>{{#hasKey}}<li><a href="/cosign.pub">Public key</a></li>{{/hasKey}}</ul></div></footer>
        </body>
        </html>
        """

    private static let home = """
        {{<layout}}{{$content}}
        <h1>Images</h1>
        {{#isEmpty}}<p class="lead">This catalog has no images yet.</p>
        <section class="note" aria-label="What to do next"><p>Build one where the recipes are, then reload this page:</p><pre>ashlar build --all</pre></section>{{/isEmpty}}
        {{^isEmpty}}<p class="lead">{{count}}, built from signed Debian packages and served from <code>{{host}}</code>.</p>{{/isEmpty}}
        {{#images}}
        <article class="block">
        <header><h2><a href="/images/{{name}}">{{title}}</a></h2><code>{{name}}</code></header>
        {{#hasSummary}}<p class="soft">{{summary}}</p>{{/hasSummary}}
        {{#streams}}
        <section aria-label="{{name}}:{{stream}}">
        <h3>{{stream}} <span class="soft">{{version}}</span></h3>
        <p class="tags"><span class="label">Tags</span> {{#tags}}<code>{{.}}</code> {{/tags}}</p>
        {{> platforms}}
        <p class="label">Pull</p>
        <pre>docker pull {{reference}}</pre>
        </section>
        {{/streams}}
        </article>
        {{/images}}
        {{/content}}{{/layout}}
        """

    private static let platforms = """
        <div class="scroll" role="region" tabindex="0" aria-label="Platforms of {{name}}:{{stream}}"><table>
        <thead><tr><th scope="col">Platform</th><th scope="col">Digest</th><th scope="col" class="num">Compressed</th><th scope="col" class="num">Unpacked</th><th scope="col" class="num">Packages</th><th scope="col">Contract tests</th><th scope="col">Vulnerabilities</th></tr></thead>
        <tbody>{{#platforms}}<tr><th scope="row">{{platform}}</th><td><a class="mono" href="/v2/{{name}}/manifests/{{digest}}" title="{{digest}}">{{shortDigest}}</a></td><td class="num">{{compressed}}</td><td class="num">{{unpacked}}</td><td class="num">{{packages}}</td><td class="{{contractState}}">{{contract}}</td><td class="soft">not assessed</td></tr>{{/platforms}}</tbody>
        </table></div>
        """

    private static let image = """
        {{<layout}}{{$content}}
        <p class="crumbs"><a href="/">Images</a></p>
        <h1>{{title}} <code>{{name}}</code></h1>
        {{#hasSummary}}<p class="lead">{{summary}}</p>{{/hasSummary}}
        {{#streams}}
        <article class="block" aria-labelledby="s-{{stream}}">
        <header><h2 id="s-{{stream}}">{{stream}}</h2><span class="soft">{{version}}</span></header>
        <dl>
        <dt>Tags</dt><dd>{{#tags}}<code>{{.}}</code> {{/tags}}</dd>
        <dt>Build</dt><dd><code>{{buildTag}}</code>, never moves</dd>
        <dt>Index</dt><dd><a class="mono" href="/v2/{{name}}/manifests/{{index}}">{{index}}</a></dd>
        <dt>Newest file</dt><dd><time datetime="{{created}}">{{created}}</time></dd>
        {{#hasEndOfLife}}<dt>End of life</dt><dd>{{endOfLife}}</dd>{{/hasEndOfLife}}
        </dl>
        {{> platforms}}
        <h3>Pull</h3>
        <pre>docker pull {{reference}}
        docker pull {{pinned}}</pre>
        {{#hasKey}}<h3>Verify</h3>
        <pre>curl -fsS -o cosign.pub {{base}}/cosign.pub
        cosign verify --key cosign.pub --insecure-ignore-tlog=true{{registryFlag}} {{pinned}}
        cosign verify-attestation --key cosign.pub --insecure-ignore-tlog=true{{registryFlag}} --type slsaprovenance1 {{pinned}}</pre>
        <p class="note">The key is only as trustworthy as the way you got it: fetch it once, compare it with the one your operators publish, and keep it. The flag says that no public transparency log is asked.</p>{{/hasKey}}
        {{#details}}
        <h3>{{platform}}</h3>
        <div class="scroll" role="region" tabindex="0" aria-label="Layers of {{platform}}"><table>
        <caption>Layers</caption>
        <thead><tr><th scope="col">Layer</th><th scope="col">Media type</th><th scope="col" class="num">Size</th></tr></thead>
        <tbody>{{#layers}}<tr><td><a class="mono" href="/v2/{{name}}/blobs/{{digest}}" title="{{digest}}">{{shortDigest}}</a></td><td class="soft">{{mediaType}}</td><td class="num">{{size}}</td></tr>{{/layers}}</tbody>
        </table></div>
        {{#hasEvidence}}<div class="scroll" role="region" tabindex="0" aria-label="Evidence on {{platform}}"><table>
        <caption>Evidence: SBOM, provenance, signatures</caption>
        <thead><tr><th scope="col">What</th><th scope="col">Document</th><th scope="col">Type</th></tr></thead>
        <tbody>{{#evidence}}<tr><td>{{label}}</td><td><a class="mono" href="{{href}}" title="{{digest}}">{{shortDigest}}</a></td><td class="soft">{{type}}</td></tr>{{/evidence}}</tbody>
        </table></div>{{/hasEvidence}}
        {{/details}}
        </article>
        {{/streams}}
        {{#hasHistory}}<section class="block"><h2>Builds</h2><div class="scroll" role="region" tabindex="0" aria-label="Builds"><table>
        <thead><tr><th scope="col">Build</th><th scope="col">Stream</th><th scope="col">Index</th><th scope="col">Newest file</th></tr></thead>
        <tbody>{{#history}}<tr><td><code>{{buildTag}}</code></td><td>{{stream}}</td><td><a class="mono" href="/v2/{{name}}/manifests/{{digest}}" title="{{digest}}">{{shortDigest}}</a></td><td>{{created}}</td></tr>{{/history}}</tbody>
        </table></div></section>{{/hasHistory}}
        {{/content}}{{/layout}}
        """

    private static let message = """
        {{<layout}}{{$content}}
        <h1>{{title}}</h1>
        <p class="lead">{{text}}</p>
        <p><a href="/">All images</a></p>
        {{/content}}{{/layout}}
        """
}
