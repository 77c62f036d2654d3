// SPDX-License-Identifier: Apache-2.0

extension Stylesheet {
    /// Pages on small and on very wide screens.
    static let small = """
        @media (min-width:100rem){ .home .wrap{max-width:calc(var(--page-wide) + 3rem)} .home .cards{grid-template-columns:repeat(4,minmax(0,1fr))} }
        @media (max-width:68rem){
          .cards{grid-template-columns:repeat(2,minmax(0,1fr))}
          .hero .wrap{gap:var(--s6)}
          .nav,.top .end{display:none}.menu{display:block}
          .cols{grid-template-columns:minmax(0,1fr)}
          .home-grid{grid-template-columns:minmax(0,1fr)}
          .route{grid-template-columns:repeat(3,minmax(0,1fr))}
        }
        @media (max-width:48rem){
          .hero .wrap{grid-template-columns:minmax(0,1fr)}
          .two{grid-template-columns:minmax(0,1fr)}
          .stats{grid-template-columns:repeat(2,minmax(0,1fr))}
        }
        @media (max-width:40rem){
          :root{--t-3x:2.125rem;--t-2x:1.625rem}
          .wrap{padding:0 1rem}
          .pad,.verdict{padding:var(--s4)}
          .hero .wrap{padding-top:var(--s6);padding-bottom:var(--s6);gap:var(--s6)}
          .cards,.versus{grid-template-columns:minmax(0,1fr)}
          .card p{min-height:0}
          .head{grid-template-columns:minmax(0,1fr)}
          .fresh ul{display:none}
          .search.big kbd{display:none}.search.big input{padding-right:1rem}.sec-head .end{margin-left:0}
          .only-wide{display:none}.only-narrow{display:block}
          .ledger{grid-template-columns:minmax(0,1fr)}
          .ledger>a{display:grid;grid-template-columns:5.5rem minmax(0,1fr);grid-template-rows:auto auto;padding:var(--s3) var(--s4);column-gap:var(--s3)}
          .ledger .n{grid-row:1/3;align-self:center;font-size:1.875rem}
          .facts>div{grid-template-columns:7rem minmax(0,1fr)}
          .tabs{margin:0 -1rem;padding:0 1rem}.tabs a,.tabs a:first-child{padding:0 .8rem 0 0;margin:0 .5rem 0 0}.tabs a[aria-current]{order:-1;padding-right:0;margin-right:1.3rem}
          .filters.x{flex-wrap:nowrap;overflow-x:auto;margin:0 -1rem;padding:2px 1rem;scrollbar-width:none}
          .foot ul{margin-left:0}
          .step{grid-template-columns:2.5rem minmax(0,1fr)}
          .step h3 .st{margin-left:0;width:100%}
          .plist{columns:2;font-size:.71875rem}
          .sec{margin-top:var(--s6)}
          /* rows become blocks; every cell names itself */
          .table.rows thead{display:none}
          .table.rows,.table.rows tbody,.table.rows tr,.table.rows td{display:block;width:100%}
          .table.rows tr{padding:.625rem 1rem;border-bottom:1px solid var(--joint)}
          .table.rows tr:last-child{border-bottom:0}
          .table.rows td,.table.rows td:first-child,.table.rows td:last-child{padding:.1875rem 0 .1875rem 7rem;border:0;text-align:left;position:relative;white-space:normal}
          .table.rows td.main,.table.rows tr.group td,.table.rows td.whole,.table.rows td.main2{padding-left:0}
          .table.rows td.main:hover,.table.rows tr:hover td{background:none}
          .table.rows td::before{content:attr(data-l);color:var(--ink-3);position:absolute;left:0;font:400 var(--t-s)/1.25rem var(--sans)}
          .table.rows td.main::before,.table.rows tr.group td::before,.table.rows td.whole::before,.table.rows td:empty{content:none;display:none}
          .table.rows tr.group td span{display:block;margin-left:0}
          .table.rows tr.group,.table.rows tr.group:hover td{background:var(--dressed)}
          .row .lab{min-width:100%}
        }
        @media (max-width:24rem){.stats{grid-template-columns:minmax(0,1fr)}.stats>div,.stats>a{padding:var(--s3) var(--s4)}.route{grid-template-columns:repeat(2,minmax(0,1fr))}}

        #grid{margin-top:var(--s4)}.more{margin-top:var(--s4)}
        .sec0{margin-top:var(--s5)}.sec1{margin-top:var(--s6)}.stack>.sec1{margin-top:var(--s6)}
        .pad2{padding:.625rem 1.25rem}.tm{padding:1px}
        .stones{width:100%;height:30px}
        .legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin-top:.75rem;font-size:var(--t-s);line-height:1.25rem;color:var(--ink-2)}
        .legend b{color:var(--ink);font-size:var(--t-l)}
        .gap2{margin-top:var(--s3)}
        .bar2{display:flex;flex-wrap:wrap;gap:var(--s3) var(--s5);justify-content:space-between;align-items:center;margin-bottom:var(--s3)}
        .vt td:nth-child(1){width:17rem}.vt td:nth-child(2) .mono{white-space:nowrap}.vt td:nth-child(6){width:22rem}.vt .sub.mono{font-size:.71875rem}
        .h-top{padding-top:var(--s6)}.pad3{padding:var(--s4) 1.25rem}.pad3.s,.quote.s{font-size:var(--t-s);line-height:1.3125rem}
        .pick{justify-content:flex-start;margin-bottom:var(--s5)}.pick .search{width:19rem}
        .stats b.bad{color:var(--bad)}.stats b .sev{color:inherit}
        .side .pad2+.pad2{padding-top:0}
        @media (max-width:40rem){.pick .search{width:100%}.h-top{padding-top:var(--s5)}.table.rows td.main2{font-weight:700;color:var(--ink)}.table.rows td.main2::before{content:none}.rt .clock{max-width:none}.ct td:nth-child(n),.vt td:nth-child(n),.rt td:nth-child(n){width:100%}}
        .pull .cmd pre{font-size:.75rem;padding:.75rem}.pull .cmd{padding:0}
        .two{align-items:start}.rt .clock{max-width:20rem}
        .narrowtrip{max-width:22rem}
        .note h3 .i{margin-right:.25em}
        .img{grid-template-areas:"a s" "b s";grid-template-rows:auto 1fr}
        .img>.a{grid-area:a}.img>.s{grid-area:s}.img>.b{grid-area:b}.img>.s.stack{font-size:inherit;line-height:inherit}
        .verdict .st{white-space:normal;display:inline}.verdict .st .i{margin-right:.35em}
        .b>.sec1:first-child{margin-top:0}
        @media (max-width:68rem){.img{grid-template-areas:"a" "s" "b";grid-template-rows:auto}}
        @media (max-width:40rem){.ct th:nth-child(4),.ct td:nth-child(4){display:none}.ct td:nth-child(n),.ct th:nth-child(n){width:auto;padding:.5rem .5rem;overflow-wrap:anywhere;white-space:normal}.ct td:first-child,.ct th:first-child{padding-left:1rem}.diffv tr td{white-space:nowrap}}
        .acts{display:flex;gap:1rem}
        .note.bad h3{color:var(--bad)}.note.watch h3{color:var(--watch)}
        .crumbs a,.acts a{display:inline-flex;align-items:center;min-height:1.5rem}
        .crumbs{align-items:center}
        @media (max-width:68rem) and (min-width:40.01rem){.vt td:nth-child(n){width:auto}.vt td:nth-child(2) .mono{white-space:normal;overflow-wrap:anywhere}.vt td:nth-child(n),.vt th:nth-child(n){padding-left:.5rem;padding-right:.5rem}.vt td:first-child,.vt th:first-child{padding-left:1rem}.vt td:nth-child(6){min-width:11rem}}
        html.js .no-script{display:none}
        .crumbs span{overflow-wrap:anywhere}
        h1{overflow-wrap:anywhere}
        .trip.none{display:block;padding:.625rem;font-size:var(--t-xs);line-height:1.125rem;color:var(--ink-2)}
        .trip.none b{display:block;color:var(--ink)}
        .trip b small{font-size:var(--t-s);font-weight:400}
        .asof{font-size:var(--t-xs);line-height:1.125rem;color:var(--watch)}
        .card p.asof{min-height:0;margin-top:.375rem;color:var(--watch);font-size:var(--t-xs);line-height:1.125rem}
        .ledger .n small{font-size:var(--t-s);letter-spacing:0;font-weight:400;color:var(--watch);display:block;line-height:1rem}
        .ledger.two-line .n{line-height:1.05}
        .ages td:first-child .st{white-space:normal}
        .results{position:absolute;z-index:5;top:100%;left:0;right:0;margin-top:2px;background:var(--face);border:1px solid var(--edge);border-radius:var(--radius);max-height:26rem;overflow-y:auto}
        .top .results{left:auto;width:26rem;max-width:calc(100vw - 2rem)}
        .results .head3{padding:.5rem .75rem .25rem;font-size:var(--t-xs);color:var(--ink-3)}
        .results a{display:block;padding:.4375rem .75rem;font-size:var(--t-s);line-height:1.25rem;color:var(--ink);text-decoration:none;overflow-wrap:anywhere}
        .results a span{color:var(--ink-2);margin-left:.5rem}
        .results a[aria-selected="true"],.results a:hover{background:var(--chalk-wash)}
        .results p{padding:.75rem;font-size:var(--t-s);color:var(--ink-2)}
        .hits li{padding:.625rem 1.25rem;border-top:1px solid var(--joint);font-size:var(--t-s);line-height:1.25rem;overflow-wrap:anywhere}
        .hits li:first-child{border-top:0}
        .hits li span{color:var(--ink-2);margin-left:.5rem}
        .narrow{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
        .narrow input,.narrow select{min-height:2rem;padding:0 .6rem;border:1px solid var(--edge);border-radius:var(--radius);background:var(--face);color:var(--ink);font:inherit;font-size:var(--t-s);width:13rem;max-width:100%}
        .narrow button{min-height:2rem}
        @media (pointer:coarse){.narrow input,.narrow button{min-height:2.75rem}}
        .table td{overflow-wrap:anywhere}
        .table td.tight{white-space:nowrap;overflow-wrap:normal}
        .table th a svg{font-size:.75rem}
        .table details summary{cursor:pointer;color:var(--chalk);text-decoration:underline;text-underline-offset:.18em;min-height:1.5rem;display:inline-block}
        .table details ul{margin-top:.25rem;color:var(--ink-2)}
        .facts dd{overflow-wrap:anywhere;min-width:0}
        .wall text{pointer-events:none}
        .steps{counter-reset:step}
        .foot-nav{display:none}
        .evidence .cmd{margin-top:.5rem}
        .stack>.note+.note{margin-top:var(--s3)}
        .big-empty{padding:var(--s6) var(--s5)}
        .big-empty .cmd{margin-top:var(--s4);max-width:34rem}
        .size{display:grid;grid-template-columns:minmax(4rem,1fr) auto;gap:.5rem;align-items:center}
        .meter{width:100%;height:8px}
        .copied{color:var(--good)}
        .pull .body{min-width:0}
        .pull .cmd{min-width:0}
        @media (max-width:68rem){.top .end{display:flex}.top .end .search{display:none}.nav{display:none}.foot-nav{display:flex}}
        @media (max-width:40rem){.top .wrap{gap:var(--s3)}.foot ul{margin-left:0}.narrow input{width:100%}.fresh .only-narrow{display:block}}
        .table tbody th{padding:.6875rem .75rem .6875rem 1.25rem;border-bottom:1px solid var(--joint);white-space:normal;vertical-align:top}
        .table tbody tr:last-child th{border-bottom:0}
        .vars td{min-width:9rem}
        .in-bars td:nth-child(2){width:45%}.size .meter{min-width:2rem}
        @media (max-width:40rem){.in-bars td:nth-child(3){display:none}.size{grid-template-columns:minmax(2rem,1fr) 4.5rem}}
        .spec td:first-child{width:16rem}
        """
}
