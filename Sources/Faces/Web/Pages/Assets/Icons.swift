// SPDX-License-Identifier: Apache-2.0

/// Drawings that stand beside words, and the mark.
enum Icons {
    static let sprite = """
        <svg xmlns="http://www.w3.org/2000/svg">
        <symbol id="i-search" viewBox="0 0 16 16"><circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/></symbol>
        <symbol id="i-copy" viewBox="0 0 16 16"><path d="M5.5 5.5h8v8h-8z"/><path d="M10.5 5.5v-3h-8v8h3"/></symbol>
        <symbol id="i-signed" viewBox="0 0 16 16"><circle cx="5" cy="8" r="3"/><path d="M8 8h6.500M11.500 8v2.500M14.200 8v2"/></symbol>
        <symbol id="i-repro" viewBox="0 0 16 16"><path d="M2 2.500h7v7H2z"/><path d="M6.500 13.500h7v-7"/><path d="M13.500 6.500h-2.200M6.500 13.500v-1.700"/></symbol>
        <symbol id="i-vexed" viewBox="0 0 16 16"><path d="M3 1.500h7l3 3v10H3z"/><path d="m5.500 9 2 2 3.500-4"/></symbol>
        <symbol id="i-noshell" viewBox="0 0 16 16"><path d="M2 3h12v10H2z"/><path d="m4.500 6 2 2-2 2"/><path d="M8.500 10h3"/><path d="M1 15 15 1"/></symbol>
        <symbol id="i-shell" viewBox="0 0 16 16"><path d="M2 3h12v10H2z"/><path d="m4.500 6 2 2-2 2"/><path d="M8.500 10h3"/></symbol>
        <symbol id="i-clock" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><path d="M8 4.500V8l2.500 1.500"/></symbol>
        <symbol id="i-critical" viewBox="0 0 16 16"><path d="M8 1.500 14.500 8 8 14.500 1.500 8z"/></symbol>
        <symbol id="i-high" viewBox="0 0 16 16"><path d="M8 2.500 14.500 13.500h-13z"/></symbol>
        <symbol id="i-medium" viewBox="0 0 16 16"><path d="M2.500 2.500h11v11h-11z"/><path d="M2.500 8h11v5.500h-11z" fill="currentColor"/></symbol>
        <symbol id="i-low" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5.500"/></symbol>
        <symbol id="i-none" viewBox="0 0 16 16"><path d="M3 8h10"/></symbol>
        <symbol id="i-unknown" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5.500" stroke-dasharray="2 2.300"/></symbol>
        <symbol id="i-affected" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><circle cx="8" cy="8" r="2.500" fill="currentColor" stroke="none"/></symbol>
        <symbol id="i-notaffected" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><path d="m5.200 8.200 2 2 3.600-4.200"/></symbol>
        <symbol id="i-asking" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" stroke-dasharray="2.500 2.200"/><path d="M8 5v3.500M8 11v.1"/></symbol>
        <symbol id="i-fixed" viewBox="0 0 16 16"><path d="m2.500 8.500 3.500 3.500 7.500-8"/></symbol>
        <symbol id="i-running" viewBox="0 0 16 16"><path d="M13.500 8A5.500 5.500 0 1 1 11.800 4"/><path d="M12 1.500V4.300H9.200"/></symbol>
        <symbol id="i-fail" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><path d="m5.800 5.800 4.400 4.400M10.200 5.800l-4.400 4.400"/></symbol>
        <symbol id="i-warn" viewBox="0 0 16 16"><path d="M8 2 15 14H1z"/><path d="M8 6.500v3.500M8 12v.1"/></symbol>
        <symbol id="i-down" viewBox="0 0 16 16"><path d="M8 2v8.500M4.500 7.500 8 11l3.500-3.500M2.500 14h11"/></symbol>
        <symbol id="i-sort" viewBox="0 0 16 16"><path d="m4.500 9.500 3.500 3.500 3.500-3.500"/></symbol>
        <symbol id="i-sortup" viewBox="0 0 16 16"><path d="m4.500 6.500 3.500-3.500 3.500 3.500"/></symbol>
        <symbol id="i-sun" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5.500"/><path d="M8 2.500a5.500 5.500 0 0 1 0 11z" fill="currentColor" stroke="none"/></symbol>
        <symbol id="i-right" viewBox="0 0 16 16"><path d="M3 8h10M9.500 4.500 13 8l-3.500 3.500"/></symbol>
        <symbol id="i-fresh" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5" fill="currentColor"/></symbol>
        <symbol id="i-ageing" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5"/><path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor" stroke="none"/></symbol>
        <symbol id="i-stale" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5"/><path d="M8 5.500v3M8 10.600v.1"/></symbol>
        </svg>
        """

    static let mark = "M5 1h6v4H5zM3 6h6v4H3zM10 6h3v4h-3zM1 11h5v4H1zM10 11h5v4h-5z"

    /// Of a bookmark: no style of ours reaches it, so it has one colour that holds on light and on dark.
    static let favicon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#4a7fd6" d="\(mark)"/></svg>
        """
}
