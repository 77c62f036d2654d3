// SPDX-License-Identifier: Apache-2.0

extension Stylesheet {
    /// Tables, facts and notes, and what single pages have.
    static let pages = """
        /* tables */
        .table{width:100%;border-collapse:collapse;font-size:var(--t-s);line-height:1.25rem;background:var(--face)}
        .table th{font-weight:400;color:var(--ink-2);text-align:left;vertical-align:bottom;padding:.625rem .75rem;border-bottom:1px solid var(--edge);white-space:nowrap}
        .table th.num{text-align:right}
        .table th a{color:inherit;text-decoration:none;display:inline-flex;gap:.3em;align-items:center;min-height:1.5rem;margin:-.125rem 0}
        .table th a:hover{color:var(--ink);text-decoration:underline}
        .table th[aria-sort] a{color:var(--ink);font-weight:700}
        .table td{padding:.6875rem .75rem;border-bottom:1px solid var(--joint);vertical-align:top}
        .table td:first-child,.table th:first-child{padding-left:1.25rem}
        .table td:last-child,.table th:last-child{padding-right:1.25rem}
        .table tbody tr:hover td{background:var(--tint)}
        .table tr.group td{background:var(--dressed);font-weight:700;padding-top:.5rem;padding-bottom:.5rem}
        .table tr.group td span{font-weight:400;color:var(--ink-2);margin-left:.5rem}
        .table tr.group:hover td{background:var(--dressed)}
        .table tbody tr:last-child td{border-bottom:0}
        .table .main{font-weight:700;color:var(--ink)}.table .main .mono{white-space:nowrap}
        .table .main a{color:inherit}
        .table .sub{display:block;color:var(--ink-3);margin-top:.125rem;font-weight:400}
        .scroll{overflow-x:auto}
        .tools{display:flex;flex-wrap:wrap;gap:.25rem var(--s4);font-size:var(--t-s)}
        .tools a{display:inline-flex;align-items:center;gap:.4em}

        /* facts */
        .facts{display:grid;gap:0;font-size:var(--t-s);line-height:1.25rem}
        .facts>div{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:var(--s3);padding:.5rem 0;border-bottom:1px solid var(--joint)}
        .facts>div:last-child{border-bottom:0}
        .facts dt{color:var(--ink-3)}

        /* notes */
        .note{border-left:3px solid var(--edge);background:var(--face);padding:var(--s4) var(--s5);font-size:var(--t-s);line-height:1.3125rem;color:var(--ink-2)}
        .note h3{color:var(--ink);margin-bottom:.25rem}
        .note.watch{border-color:var(--watch);background:var(--watch-wash);color:var(--ink-2)}
        .note.bad{border-color:var(--bad);background:var(--bad-wash);color:var(--ink-2)}
        .note.good{border-color:var(--good);background:var(--good-wash);color:var(--ink-2)}

        /* footer */
        .foot{border-top:1px solid var(--joint);background:var(--face);font-size:var(--t-s);line-height:1.25rem;color:var(--ink-2)}
        .foot .wrap{display:flex;flex-wrap:wrap;gap:var(--s3) var(--s6);padding-top:var(--s5);padding-bottom:var(--s6)}
        .foot a{color:inherit}
        .foot ul{display:flex;flex-wrap:wrap;gap:var(--s2) var(--s5);margin-left:auto}

        /* drawings */
        svg text{font-family:var(--sans);font-size:12px;fill:var(--ink-2)}
        svg .ax{stroke:var(--joint);stroke-width:1;shape-rendering:crispEdges}
        svg .base{stroke:var(--edge);stroke-width:1;shape-rendering:crispEdges}
        svg .tx{fill:var(--ink-3)}svg .lb{fill:var(--ink);font-weight:700}
        svg .st1{fill:var(--stone-1)}svg .st2{fill:var(--stone-2)}svg .st3{fill:var(--stone-3)}
        svg .hatch-line{stroke:var(--ink-3);stroke-width:1}
        svg .mark{fill:var(--fill-watch)}svg .ring{fill:none;stroke:var(--fill-watch);stroke-width:1.75}svg .ring.unknown{stroke:var(--soft);stroke-dasharray:2.5 2.2}svg .markbad{fill:var(--fill-bad)}
        svg a{text-decoration:none}svg a:hover rect{fill:var(--chalk-wash)}
        svg a:focus-visible{outline:none}svg a:focus-visible rect.face{stroke:var(--chalk);stroke-width:2}
        svg .face{stroke:none}
        svg .sn{fill:var(--ink);font-size:12px}
        svg .solid{fill:var(--ink)}svg .open{fill:var(--face);stroke:var(--edge)}
        svg .bar{fill:var(--fill-chalk)}svg .bar-2{fill:var(--stone-3)}svg .bar-w{fill:var(--fill-watch)}svg .bar-b{fill:var(--fill-bad)}svg .bld{fill:var(--edge)}
        .only-narrow{display:none}

        /* home */
        .hero{background:var(--face);border-bottom:1px solid var(--joint)}
        .hero .wrap{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.02fr);gap:var(--s7);padding-top:3.5rem;padding-bottom:3rem;align-items:center}
        .hero h1{font-size:var(--t-3x);line-height:1.08;letter-spacing:-.03em}
        .hero .lead{margin:var(--s4) 0 var(--s5)}
        .try a,.tools a,.sec-head a,.more a{min-height:1.5rem;display:inline-flex;align-items:center}
        .try{margin-top:var(--s3);font-size:var(--t-s);color:var(--ink-3);display:flex;flex-wrap:wrap;gap:.25rem .875rem}
        .wall svg{width:100%;height:auto}
        .wall figcaption{font-size:var(--t-xs);line-height:1.125rem;color:var(--ink-2);margin-top:var(--s3);display:flex;flex-wrap:wrap;gap:.25rem 1.125rem}
        .key{display:inline-flex;align-items:center;gap:.4em;white-space:nowrap}
        .key svg,.fig .key svg{width:14px;height:14px;flex:none}
        .home-grid{display:grid;grid-template-columns:minmax(0,1fr) 18.5rem;gap:var(--s6);align-items:start}
        .course.cards{background:none;border:0;padding:1px}
        .cards>*{outline:1px solid var(--joint)}
        .cards{grid-template-columns:repeat(3,minmax(0,1fr))}
        .card{padding:1.125rem 1.25rem 1.125rem;display:flex;flex-direction:column;gap:.75rem}
        .card:hover{background:var(--tint)}
        .card header{display:flex;align-items:baseline;gap:.5rem}
        .card h3{font-size:var(--t-l);line-height:1.5rem;letter-spacing:-.012em}
        .card h3 a{color:var(--ink);text-decoration:none}
        .card:hover h3 a{color:var(--chalk)}
        .card header .mono{color:var(--ink-2);white-space:nowrap;font-size:.8125rem}
        .card p{font-size:var(--t-s);line-height:1.25rem;color:var(--ink-2);min-height:2.5rem}
        .card .trip{background:var(--face)}
        .card .meta{font-size:var(--t-xs);line-height:1.125rem;color:var(--ink-3);display:flex;flex-wrap:wrap;gap:0 .875rem;margin-top:auto}
        .card .seal{font-size:var(--t-xs)}
        .card .seals{gap:.125rem .875rem}
        .tag{font-size:var(--t-xs);line-height:1.25rem;padding:0 .4rem;border:1px solid currentColor;border-radius:var(--radius);margin-left:auto;white-space:nowrap}
        .feed{display:grid}
        .feed li{padding:.6875rem 1.125rem;border-top:1px solid var(--joint);font-size:var(--t-s);line-height:1.25rem;color:var(--ink-2);display:grid;grid-template-columns:2.75rem minmax(0,1fr);gap:.5rem}
        .feed li:first-child{border-top:0}
        .feed time{color:var(--ink-3)}
        .side h2{font-size:var(--t-m);line-height:1.5rem;letter-spacing:0;padding:.75rem 1.125rem;border-bottom:1px solid var(--joint)}
        .side+.side{margin-top:var(--s5)}
        .ages td{padding-top:.5rem;padding-bottom:.5rem}

        /* image page */
        .cols{display:grid;grid-template-columns:minmax(0,1fr) 24rem;gap:var(--s6);align-items:start}
        .verdict{padding:var(--s5)}
        .verdict p.big{font-size:var(--t-l);line-height:1.625rem}
        .verdict p+p{margin-top:var(--s3)}
        .pull .seg{padding:0 1.25rem}
        .pull .body{padding:1.125rem 1.25rem 1.25rem;display:grid;gap:var(--s3)}
        .pull label,.lab{font-size:var(--t-s);color:var(--ink-3);line-height:1.25rem}
        .stack>*+*{margin-top:var(--s5)}
        .fig{padding:1.25rem}
        .fig svg{width:100%;height:auto}
        .fig figcaption{font-size:var(--t-s);line-height:1.3125rem;color:var(--ink-2);max-width:48rem;margin-bottom:var(--s4)}
        .fig details{margin-top:var(--s3);font-size:var(--t-s)}
        .fig summary{color:var(--chalk);cursor:pointer;text-decoration:underline;text-underline-offset:.18em;min-height:1.5rem;display:inline-block}
        .variants{grid-template-columns:11rem repeat(3,minmax(0,1fr))}

        /* provenance */
        .route{display:grid;grid-template-columns:repeat(6,minmax(0,1fr))}
        .route a{padding:.75rem 1rem .8125rem;text-decoration:none;color:var(--ink-2);font-size:var(--t-s);line-height:1.25rem;position:relative}
        .route a:hover{background:var(--chalk-wash)}
        .route b{display:block;color:var(--ink);font-size:var(--t-m)}
        .route .st{display:flex;font-size:var(--t-xs);margin-top:.25rem;font-weight:400}
        .path{display:grid;gap:0;counter-reset:step}
        .step{display:grid;grid-template-columns:3rem minmax(0,1fr);counter-increment:step;position:relative}
        .step::before{content:counter(step);width:2rem;height:2rem;display:grid;place-items:center;background:var(--ink);color:var(--ground);font-weight:700;font-size:var(--t-s);border-radius:var(--radius);position:relative;z-index:1}
        .step::after{content:"";position:absolute;left:calc(1rem - .5px);top:2rem;bottom:0;width:1px;background:var(--edge)}
        .step:last-child::after{display:none}
        .step .in{padding-bottom:var(--s6);min-width:0}
        .step h3{font-size:var(--t-l);line-height:2rem;display:flex;flex-wrap:wrap;gap:0 var(--s4);align-items:baseline}
        .step h3 .st{font-size:var(--t-s);margin-left:auto;font-weight:400}
        .step p{font-size:var(--t-m);line-height:1.5rem;color:var(--ink-2);max-width:44rem;margin-bottom:var(--s3)}
        .step .course{grid-template-columns:minmax(0,1fr)}
        .row{padding:.625rem 1rem;display:flex;flex-wrap:wrap;gap:.25rem var(--s4);align-items:center;font-size:var(--t-s);line-height:1.25rem}
        .row .lab{min-width:8.5rem}.row span{min-width:0;overflow-wrap:anywhere}
        .step .cmd{background:var(--recess)}

        /* compare */

        /* cve + remediation */
        .stats{grid-template-columns:repeat(4,minmax(0,1fr))}
        .stats>div,.stats>a{padding:var(--s4) var(--s5);font-size:var(--t-s);line-height:1.25rem;color:var(--ink-2);text-decoration:none}
        .stats b{display:block;font-size:var(--t-xl);line-height:1.875rem;font-weight:700;color:var(--ink);letter-spacing:-.015em}
        .stats a:hover{background:var(--chalk-wash)}
        .stats .lab{display:block;margin-bottom:.125rem}
        .quote{font-size:var(--t-m);line-height:1.5rem;color:var(--ink-2);max-width:46rem}
        .quote p+p{margin-top:var(--s3)}
        .two{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:var(--s5)}
        """
}
