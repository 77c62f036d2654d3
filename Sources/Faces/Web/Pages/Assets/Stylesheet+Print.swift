// SPDX-License-Identifier: Apache-2.0

extension Stylesheet {
    /// An auditor's copy: everything open, links of proofs spelled out, the date of the data on top.
    static let print = """
        /* print: an auditor's copy. Everything open, every link spelled out, the date of the data on top. */
        @media print{
          :root{color-scheme:light}
          @page{size:A4;margin:18mm 16mm 20mm}
          body{background:#fff;font-size:10pt;line-height:1.45}
          .nav,.top .end,.menu,.search,.tools,.tabs,.seg,.cmd button,.digest button,.filters,.foot ul,.skip{display:none!important}
          .top,.fresh,.hero,.foot{background:#fff}
          .wrap{max-width:none;padding:0}
          .cols,.home-grid{grid-template-columns:minmax(0,1fr)}
          details>*{display:block}details::details-content{content-visibility:visible;height:auto}
          .block,.course,.step,.table tr{break-inside:avoid}
          .table a[href^="/"]::after{content:""}
          .note a::after,.step a::after{content:" (" attr(href) ")";font-size:8pt;color:#444}
          h2,h3{break-after:avoid}
        }
        """
}
