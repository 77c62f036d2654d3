// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import NIOCore

/// The one stylesheet: tokens first, then the few elements that pages use. Its address carries its digest.
enum Stylesheet {
    static let path = "/assets/style.css"
    static let version = Digest.sha256(of: text).short

    static func response(to ifNoneMatch: String?) -> Response {
        let etag = "\"\(version)\""
        let headers: HTTPFields = [.contentType: "text/css; charset=utf-8", .eTag: etag, .cacheControl: Registry.forEver]
        guard !HTTPText.matches(ifNoneMatch, etag) else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private static let text = """
        :root{color-scheme:light dark;
        --ground:light-dark(#f4f5f4,#111417);--face:light-dark(#fff,#191d21);--recess:light-dark(#eaecea,#0c0e10);--tint:light-dark(#f0f2f1,#1f2429);
        --joint:light-dark(#d5d9d7,#2e353b);--edge:light-dark(#7d8583,#717a82);
        --ink:light-dark(#15191c,#eceeec);--ink-2:light-dark(#434a4e,#bac1c6);--ink-3:light-dark(#5a6165,#98a1a8);
        --chalk:light-dark(#1a4fa0,#8ab4f8);--chalk-strong:light-dark(#123a79,#b5d0fb);
        --good:light-dark(#0d6651,#62cdae);--watch:light-dark(#7e5200,#e5b454);--bad:light-dark(#9b1c1c,#f59a8f);
        --sans:-apple-system,BlinkMacSystemFont,"Segoe UI Variable Text","Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;
        --mono:ui-monospace,"SF Mono",Menlo,"Cascadia Mono",Consolas,"Noto Sans Mono","DejaVu Sans Mono","Liberation Mono",monospace}
        @media (prefers-contrast:more){:root{--joint:var(--edge);--ink-2:var(--ink);--ink-3:var(--ink-2)}}
        *,*::before,*::after{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:400 .9375rem/1.6 var(--sans);font-variant-numeric:tabular-nums}
        h1,h2,h3,p,ul,dl,dd,pre{margin:0}ul{padding:0;list-style:none}
        h1{font-size:1.875rem;line-height:1.2;letter-spacing:-.022em;margin-top:2rem}
        h1 code{font-size:1.125rem;font-weight:400;letter-spacing:0;color:var(--ink-2)}
        h2{font-size:1.375rem;line-height:1.75rem;letter-spacing:-.015em}
        h3{font-size:.9375rem;line-height:1.5rem;margin-top:1.5rem}h3 .soft{font-weight:400}
        a{color:var(--chalk);text-decoration-thickness:1px;text-underline-offset:.18em}a:hover{color:var(--chalk-strong)}
        :focus-visible{outline:2px solid var(--chalk);outline-offset:2px;border-radius:2px}
        code,pre,.mono{font-family:var(--mono);font-size:.8125rem;font-variant-ligatures:none}
        .wrap{max-width:78rem;margin:0 auto;padding:0 1.5rem}
        .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--face);padding:.5rem 1rem;z-index:9}
        .top{background:var(--face);border-bottom:1px solid var(--joint)}.top .wrap{display:flex;align-items:center;gap:1.5rem;min-height:3.75rem}
        .brand{display:flex;align-items:center;gap:.625rem;color:var(--ink);text-decoration:none;font-weight:700;font-size:1.1875rem;letter-spacing:-.02em}
        .brand svg{width:1.375rem;height:1.375rem;fill:var(--chalk)}
        nav a{display:flex;align-items:center;min-height:3.75rem;padding:0 .7rem;color:var(--ink-2);text-decoration:none;font-size:.875rem;border-top:2px solid transparent;border-bottom:2px solid transparent}
        nav a[aria-current]{color:var(--ink);border-bottom-color:var(--chalk)}
        main{padding-bottom:4rem}
        .lead{font-size:1.125rem;line-height:1.625rem;color:var(--ink-2);max-width:46rem;margin-top:.5rem}
        .soft{color:var(--ink-2)}.label,.crumbs{font-size:.75rem;line-height:1rem;color:var(--ink-3)}p.label{margin-top:1rem}.crumbs{margin-top:1.5rem}.crumbs+h1{margin-top:.75rem}
        .good{color:var(--good)}.watch{color:var(--watch)}.bad{color:var(--bad)}
        .block{background:var(--face);border:1px solid var(--joint);border-radius:2px;padding:1.5rem;margin-top:1.5rem}
        .block>header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem .75rem}.block>header code{color:var(--ink-2)}
        .tags code{background:var(--recess);border-radius:2px;padding:.125rem .375rem;margin-right:.25rem}
        dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1.5rem;font-size:.8125rem;line-height:1.25rem;margin-top:1rem}
        dt{color:var(--ink-3)}dd{overflow-wrap:anywhere}
        pre{background:var(--recess);border-radius:2px;padding:.75rem 1rem;line-height:1.375rem;white-space:pre-wrap;overflow-wrap:anywhere;margin-top:.25rem}
        .scroll{overflow-x:auto;margin-top:.75rem}
        table{width:100%;border-collapse:collapse;font-size:.8125rem;line-height:1.25rem}
        caption{text-align:left;color:var(--ink-3);font-size:.75rem}
        th{font-weight:400;color:var(--ink-2);text-align:left;white-space:nowrap;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--edge)}
        td,tbody th{padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--joint);vertical-align:top}
        tbody th{color:var(--ink)}.num{text-align:right}tbody tr:hover>*{background:var(--tint)}
        .note{border-left:3px solid var(--edge);background:var(--face);padding:1rem 1.5rem;margin-top:.75rem;font-size:.8125rem;line-height:1.3125rem;color:var(--ink-2)}
        .foot{border-top:1px solid var(--joint);background:var(--face);font-size:.8125rem;line-height:1.25rem;color:var(--ink-2)}
        .foot .wrap{display:flex;flex-wrap:wrap;gap:.75rem 2rem;padding-top:1.5rem;padding-bottom:2rem}.foot a{color:inherit}
        .foot ul{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;margin-left:auto}
        @media (max-width:40rem){.wrap{padding:0 1rem}.block{padding:1rem}dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
        @media print{body{background:#fff}.skip,nav{display:none}.block{break-inside:avoid}}
        """
}
