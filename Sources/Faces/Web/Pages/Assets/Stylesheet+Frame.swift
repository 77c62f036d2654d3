// SPDX-License-Identifier: Apache-2.0

extension Stylesheet {
    /// What is around every page, and the blocks, counts and controls in it.
    static let frame = """
        *,*::before,*::after{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
        body{margin:0;background:var(--ground);color:var(--ink);font:400 var(--t-m)/1.6 var(--sans);font-variant-numeric:tabular-nums}
        h1,h2,h3,h4,p,ul,ol,dl,dd,figure,pre{margin:0}
        ul,ol{padding:0;list-style:none}
        a{color:var(--chalk);text-decoration-thickness:1px;text-underline-offset:.18em;text-decoration-color:color-mix(in srgb,currentColor 35%,transparent)}
        a:hover{color:var(--chalk-strong);text-decoration-color:currentColor}
        :focus-visible{outline:2px solid var(--chalk);outline-offset:2px;border-radius:var(--radius)}
        svg{display:block}
        .i{width:1em;height:1em;flex:none;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round;display:inline-block;vertical-align:-.125em}
        code,kbd,.mono{font-family:var(--mono);font-size:.875em;font-variant-ligatures:none}
        .sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .skip{position:absolute;left:-99rem}.skip:focus{left:var(--s4);top:var(--s2);background:var(--face);padding:var(--s2) var(--s4);z-index:9}
        .wrap{max-width:calc(var(--page) + 3rem);margin:0 auto;padding:0 1.5rem}
        .muted{color:var(--ink-3)}.soft{color:var(--ink-2)}.s{font-size:var(--t-s);line-height:1.25rem}.xs{font-size:var(--t-xs);line-height:1rem}
        .num{text-align:right}.nowrap{white-space:nowrap}
        .good{color:var(--good)}.watch{color:var(--watch)}.bad{color:var(--bad)}

        /* header */
        .top{background:var(--face);border-bottom:1px solid var(--joint)}
        .top .wrap{display:flex;align-items:center;gap:var(--s5);min-height:3.75rem}
        .brand{display:flex;align-items:center;gap:.625rem;color:var(--ink);text-decoration:none;font-weight:700;font-size:1.1875rem;letter-spacing:-.02em}
        .brand svg{width:1.375rem;height:1.375rem;fill:currentColor;color:var(--chalk)}
        .brand:hover{color:var(--ink)}
        .nav{display:flex;gap:.125rem;margin-left:var(--s2)}
        .nav a{display:flex;align-items:center;min-height:3.75rem;padding:0 .7rem;color:var(--ink-2);text-decoration:none;font-size:.875rem;border-top:2px solid transparent;border-bottom:2px solid transparent}
        .nav a:hover{color:var(--ink)}
        .nav a[aria-current]{color:var(--ink);border-bottom-color:var(--chalk)}
        .top .end{margin-left:auto;display:flex;align-items:center;gap:var(--s2)}
        .menu{display:none;margin-left:auto}
        .menu summary,.btn{display:inline-flex;align-items:center;gap:.5em;min-height:var(--target);padding:0 .875rem;border:1px solid var(--edge);border-radius:var(--radius);background:var(--face);color:var(--ink);font:inherit;font-size:.875rem;text-decoration:none;cursor:pointer;white-space:nowrap}
        .btn:hover,.menu summary:hover{background:var(--tint);color:var(--ink)}
        .btn.quiet{border-color:transparent;background:none;color:var(--ink-2);padding:0 .625rem}
        .btn.quiet:hover{background:var(--tint)}
        .btn.main{background:var(--chalk);border-color:var(--chalk);color:var(--on-chalk)}
        .btn.main:hover{background:var(--chalk-strong);border-color:var(--chalk-strong)}
        summary{list-style:none}summary::-webkit-details-marker{display:none}

        /* search */
        .search{position:relative;display:flex;align-items:center}
        .search .i{position:absolute;left:.75rem;color:var(--ink-3);pointer-events:none}
        .search input{width:100%;min-height:var(--target);padding:0 2.5rem 0 2.25rem;border:1px solid var(--edge);border-radius:var(--radius);background:var(--face);color:var(--ink);font:inherit;font-size:.875rem}
        .search input::placeholder{color:var(--ink-3);opacity:1}
        .search kbd{position:absolute;right:.625rem;border:1px solid var(--joint);border-radius:var(--radius);padding:0 .4rem;font-size:.75rem;line-height:1.25rem;color:var(--ink-3);background:var(--ground);pointer-events:none}
        .top .search{width:15.5rem}
        .search.big{max-width:34rem}
        .search.big input{min-height:3.5rem;font-size:1.0625rem;padding-left:3rem;border-color:var(--ink-3)}
        .search.big .i{left:1rem;font-size:1.125rem}
        .search.big kbd{right:1rem}

        /* freshness line */
        .fresh{background:var(--recess);border-bottom:1px solid var(--joint);font-size:var(--t-xs);line-height:1.25rem;color:var(--ink-2)}
        .fresh .wrap{display:flex;flex-wrap:wrap;align-items:center;gap:0 var(--s5);min-height:2.25rem;padding-top:.375rem;padding-bottom:.375rem}
        .fresh strong{font-weight:700;color:var(--ink)}
        .fresh ul{display:flex;flex-wrap:wrap;gap:0 1.125rem;margin-left:auto}
        .fresh a{color:inherit}
        .fresh li{display:flex;align-items:center;gap:.4em;white-space:nowrap}
        .dot{width:.625rem;height:.625rem;flex:none}

        main{padding-bottom:var(--s8)}

        /* page head */
        .crumbs{display:flex;flex-wrap:wrap;gap:.25rem .5rem;padding-top:var(--s5);font-size:var(--t-s);line-height:1.25rem;color:var(--ink-3)}
        .crumbs a{color:var(--ink-2)}
        .head{padding:var(--s3) 0 var(--s5);display:grid;grid-template-columns:minmax(0,1fr) auto;gap:var(--s3) var(--s6);align-items:end}
        h1{font-size:var(--t-2x);line-height:1.2;letter-spacing:-.022em;font-weight:700;text-wrap:balance}
        h1 .ver{font-weight:400;color:var(--ink-2)}
        h2{font-size:var(--t-xl);line-height:1.75rem;letter-spacing:-.015em;font-weight:700}
        h3{font-size:var(--t-m);line-height:1.5rem;font-weight:700}
        .lead{font-size:var(--t-l);line-height:1.625rem;color:var(--ink-2);max-width:46rem;text-wrap:balance}
        p{text-wrap:pretty}
        h1+.lead{margin-top:var(--s2)}
        .sec{margin-top:var(--s7)}
        .sec-head{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem var(--s5);margin-bottom:var(--s4)}
        .sec-head .end{margin-left:auto}
        .sec-note{text-wrap:balance;font-size:var(--t-s);line-height:1.25rem;color:var(--ink-2);max-width:46rem}

        /* tabs that are links */
        .tabs{border-bottom:1px solid var(--joint);display:flex;gap:0;overflow-x:auto;scrollbar-width:none}
        .tabs a{flex:none;display:flex;align-items:center;gap:.4rem;min-height:2.75rem;padding:0 .8rem;color:var(--ink-2);text-decoration:none;font-size:.875rem;border-bottom:2px solid transparent}
        .tabs a:first-child{padding-left:0;margin-right:.8rem;padding-right:0}
        .tabs a:hover{color:var(--ink);border-bottom-color:var(--joint)}
        .tabs a[aria-current]{color:var(--ink);font-weight:700;border-bottom-color:var(--chalk)}
        .tabs b{font-weight:400;color:var(--ink-3);font-size:.8125rem}

        /* blocks: faces fitted with one-pixel joints */
        .course{display:grid;gap:1px;background:var(--joint);border:1px solid var(--joint);border-radius:var(--radius)}
        .course>*{background:var(--face);min-width:0}
        .block{background:var(--face);border:1px solid var(--joint);border-radius:var(--radius);min-width:0}
        .pad{padding:var(--s5)}

        /* count triplet, small (cards, tables) */
        .trip{background:var(--face);display:grid;grid-template-columns:repeat(3,1fr);border:1px solid var(--joint);border-radius:var(--radius)}
        .trip a{display:block;padding:.5rem .625rem .5rem;color:var(--ink-3);text-decoration:none;font-size:var(--t-xs);line-height:.9375rem;border-left:1px solid var(--joint)}
        .trip a:first-child{border-left:0}
        .trip b{display:block;font-size:var(--t-xl);line-height:1.625rem;font-weight:400;color:var(--ink-2);letter-spacing:-.01em}
        .trip a:last-child{color:var(--ink-2);background:var(--dressed)}
        .trip a:last-child b{font-weight:700;color:var(--ink)}
        .trip a:hover{background:var(--chalk-wash)}

        /* count ledger, large: the subtraction written out */
        .ledger{display:grid;grid-template-columns:1fr 1.15fr 1.15fr}
        .ledger>a{padding:var(--s4) var(--s5) var(--s4);text-decoration:none;color:var(--ink);display:flex;flex-direction:column;position:relative}
        .ledger>a:hover{background:var(--chalk-wash)}
        .ledger .n{font-size:var(--t-3x);line-height:1.1;letter-spacing:-.03em}
        .ledger .w{font-size:var(--t-m);font-weight:700;line-height:1.375rem}
        .ledger .why{font-size:var(--t-s);line-height:1.25rem;color:var(--ink-2);margin-top:.125rem}
        .ledger .n{color:var(--ink-2)}
        .ledger>a:last-child .n{color:var(--ink);font-weight:700}
        .ledger .strip{grid-column:1/-1;width:100%;height:8px}
        .ledger .why b{color:var(--ink);font-weight:700}
        svg .st-mid{fill:var(--edge)}

        /* seals */
        .seals{display:flex;flex-wrap:wrap;gap:.25rem var(--s4);font-size:var(--t-s);line-height:1.25rem}
        .seal{font-size:var(--t-s);line-height:1.25rem;min-height:1.5rem;display:inline-flex;align-items:center;gap:.4em;color:var(--ink-2);text-decoration:none;white-space:nowrap}
        .seal .i{font-size:1rem}
        .seal.ok .i{color:var(--good)}.seal.wait .i{color:var(--watch)}.seal.no .i{color:var(--bad)}
        a.seal:hover{color:var(--ink);text-decoration:underline}

        /* state and severity words */
        .st{display:inline-flex;align-items:center;gap:.45em;white-space:nowrap}
        .st .i{font-size:.9375rem}
        .st.good,.st.watch,.st.bad{font-weight:700}
        .sev{display:inline-flex;align-items:center;gap:.45em;white-space:nowrap;color:var(--ink-2)}
        .sev .i{font-size:.8125rem}
        .sev.critical .i{color:var(--sev-critical);fill:currentColor}.sev.high .i{color:var(--sev-high);fill:currentColor}
        .sev.medium .i{color:var(--sev-medium)}.sev.low .i{color:var(--sev-low)}.sev.none .i{color:var(--sev-none)}

        /* digest chip */
        .digest{display:inline-flex;align-items:stretch;border:1px solid var(--joint);border-radius:var(--radius);background:var(--face);font-family:var(--mono);font-size:.78125rem;line-height:1.625rem;max-width:100%}
        .digest a{min-width:0;overflow:hidden;text-overflow:ellipsis;padding:0 .5rem;color:var(--ink-2);text-decoration:none;white-space:nowrap}
        .digest a:hover{color:var(--chalk);text-decoration:underline}
        .digest button,.cmd button{border:0;background:none;color:var(--ink-3);cursor:pointer;min-width:1.75rem;padding:0 .375rem;font-size:.875rem;border-left:1px solid var(--joint)}
        .digest button:hover,.cmd button:hover{color:var(--chalk);background:var(--tint)}

        /* command with copy */
        .cmd{display:grid;grid-template-columns:minmax(0,1fr) auto;background:var(--recess);border-radius:var(--radius)}
        .cmd pre{padding:.75rem 1rem;font-family:var(--mono);font-size:.78125rem;line-height:1.375rem;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--ink)}
        .cmd pre .c{color:var(--ink-3)}.cmd pre .p{color:var(--ink-3);user-select:none}.cmd pre mark{background:var(--chalk-wash);color:inherit;box-shadow:-3px 0 0 var(--chalk),-1rem 0 0 var(--chalk-wash);display:inline-block;width:100%}
        .cmd button{min-width:2.75rem;align-self:start;min-height:2.75rem;border-left:0;font-size:1rem}

        /* segmented links */
        .seg{display:flex;flex-wrap:wrap;gap:0;font-size:var(--t-s);border-bottom:1px solid var(--joint)}
        .seg a{padding:.5rem 0 .4375rem;margin-right:1.125rem;color:var(--ink-2);text-decoration:none;border-bottom:2px solid transparent;margin-bottom:-1px}
        .seg a[aria-current]{color:var(--ink);font-weight:700;border-bottom-color:var(--ink)}
        .seg a:hover{color:var(--ink)}

        /* filters: links with counts */
        .filters{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
        .chip{display:inline-flex;align-items:center;gap:.45em;min-height:2rem;padding:0 .7rem;border:1px solid var(--joint);border-radius:var(--radius);background:var(--face);color:var(--ink-2);font-size:var(--t-s);text-decoration:none;white-space:nowrap}
        .chip:hover{border-color:var(--edge);color:var(--ink)}
        .chip b{font-weight:400;color:var(--ink-3)}
        .chip[aria-current]{background:var(--ink);border-color:var(--ink);color:var(--ground)}
        .chip[aria-current] b{color:inherit;opacity:.8}
        .gap{width:1px;height:1.25rem;background:var(--joint);margin:0 .25rem}
        @media (pointer:coarse){.chip{min-height:2.75rem}}
        """
}
