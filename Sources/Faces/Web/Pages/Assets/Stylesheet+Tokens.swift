// SPDX-License-Identifier: Apache-2.0

extension Stylesheet {
    /// Colours, type and space: one definition each, `light-dark()` picks the theme.
    static let tokens = """
        :root {
          color-scheme: light dark;

          /* stone: surfaces and joints */
          --ground:   light-dark(#f4f5f4, #111417);  /* page */
          --face:     light-dark(#ffffff, #191d21);  /* dressed face: cards, tables, panels */
          --recess:   light-dark(#eaecea, #0c0e10);  /* sunken: code, strips */
          --tint:     light-dark(#f0f2f1, #1f2429);  /* hover, group rows */
          --dressed:  light-dark(#e8ecea, #272e34);  /* the last, finished cell of a triplet */
          --joint:    light-dark(#d5d9d7, #2e353b);  /* hairlines between blocks, decorative */
          --edge:     light-dark(#7d8583, #717a82);  /* borders of controls, 3:1 or better */
          --ink:      light-dark(#15191c, #eceeec);
          --ink-2:    light-dark(#434a4e, #bac1c6);
          --ink-3:    light-dark(#5a6165, #98a1a8);

          /* chalk line: links, focus, our own series in charts */
          --chalk:       light-dark(#1a4fa0, #8ab4f8);
          --chalk-strong:light-dark(#123a79, #b5d0fb);
          --chalk-wash:  light-dark(#e6eef9, #18273c);
          --on-chalk:    light-dark(#ffffff, #0b1628);

          /* state: each has ink (text, icon) and wash (background) */
          --good:        light-dark(#0d6651, #62cdae);   /* verdigris: verified, fixed, fresh */
          --good-wash:   light-dark(#e2f1ec, #12291f);
          --watch:       light-dark(#7e5200, #e5b454);   /* ochre: running, ageing, under investigation */
          --watch-wash:  light-dark(#f8efd9, #2b2210);
          --bad:         light-dark(#9b1c1c, #f59a8f);   /* oxblood: failed, breached, stale */
          --bad-wash:    light-dark(#f9e6e4, #351814);

          /* severity, always beside its shape and its word */
          --sev-critical: light-dark(#8c1024, #ff9aa6);
          --sev-high:     light-dark(#a8400a, #f5a06a);
          --sev-medium:   light-dark(#7e5200, #e5b454);
          --sev-low:      light-dark(#3b5b78, #a3bfd9);
          --sev-none:     light-dark(#5a6165, #98a1a8);

          /* drawing tones: three faces of the same stone, for the wall and the treemap */
          --stone-1: light-dark(#dfe3e1, #2a3036);
          --stone-2: light-dark(#d2d8d5, #333a41);
          --stone-3: light-dark(#c4ccc8, #3d454d);

          /* fills: the same meanings for areas in drawings, calmer in the dark; 3:1 on the face */
          --fill-chalk: light-dark(#1a4fa0, #6496e3);
          --fill-watch: light-dark(#8a5a00, #c28d31);
          --fill-bad:   light-dark(#9b1c1c, #d6594e);

          /* type */
          --sans: -apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
          --mono: ui-monospace, "SF Mono", Menlo, "Cascadia Mono", Consolas, "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", monospace;
          --t-xs: .75rem;    /* 12/16 labels, axis text */
          --t-s:  .8125rem;  /* 13/20 meta, tables */
          --t-m:  .9375rem;  /* 15/24 body */
          --t-l:  1.125rem;  /* 18/26 lead, card names */
          --t-xl: 1.375rem;  /* 22/28 section heads, card counts */
          --t-2x: 1.875rem;  /* 30/36 page heads */
          --t-3x: 2.625rem;  /* 42/46 home head, ledger numbers */

          /* space, four-pixel course */
          --s1: .25rem; --s2: .5rem; --s3: .75rem; --s4: 1rem; --s5: 1.5rem; --s6: 2rem; --s7: 3rem; --s8: 4rem;

          --radius: 2px;
          --page: 75rem;      /* 1200 */
          --page-wide: 88rem; /* 1408, home and tables at 1600 px */
          --target: 2.5rem;   /* smallest control height, 44 px on coarse pointers */
          --quick: 120ms;
        }
        :root[data-theme="light"] { color-scheme: light; }
        :root[data-theme="dark"]  { color-scheme: dark; }
        @media (pointer: coarse) { :root { --target: 2.75rem; } }
        @media (prefers-reduced-motion: reduce) { :root { --quick: 0ms; } }
        @media (prefers-contrast: more) {
          :root { --joint: var(--edge); --ink-2: var(--ink); --ink-3: var(--ink-2); }
        }
        """
}
