import Bytes

/// The one style sheet of all pages, which stands in each of them, and the policy that allows nothing else.
package enum PageStyle {
    /// The value of `Content-Security-Policy`: this style sheet, forms to this server, and nothing else, whatever got
    /// into a page.
    package static let policy: String = {
        let digest = SHA256Digest.hash(Array(sheet.utf8).span).withSpan { Base64.encode($0) }
        return "default-src 'none'; style-src 'sha256-\(digest)'; form-action 'self'; frame-ancestors 'none'; "
            + "base-uri 'none'"
    }()

    static let sheet = base + charts + tables + adaptations

    private static let base = """
        :root{color-scheme:light dark;--ground:#f6f6f4;--card:#fff;--ink:#1a1d21;--soft:#5a616b;--rule:#e2e3e1;\
        --accent:#1d5fa8;--accent-ink:#fff;--human:#2a68ae;--proxy:#86b2dc;--prefetch:#e3b45c;--machine:#b9bdc3;\
        --unknown:#d9d5cc;--hatch:#6d7480;--good:#1c7a4d;--bad:#b3361f;--send:#a3460f}
        @media(prefers-color-scheme:dark){:root{--ground:#121417;--card:#1a1d21;--ink:#e9ebee;--soft:#a0a8b3;\
        --rule:#2e333a;--accent:#8ab8ea;--accent-ink:#10151b;--human:#6fa8e4;--proxy:#3d679a;--prefetch:#a67c2c;\
        --machine:#565c66;--unknown:#48453f;--hatch:#a9b0ba;--good:#67c795;--bad:#f0907c;--send:#eba26c}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);\
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,\
        "Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
        .page{max-width:1120px;margin:0 auto;padding:0 20px 48px}
        a{color:var(--accent);text-underline-offset:2px}a:focus-visible,summary:focus-visible,button:focus-visible,\
        input:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
        .top{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 24px;padding:16px 0;font-size:15px}
        .top strong{font-size:17px;letter-spacing:-.01em}.top nav{display:flex;gap:18px}.top nav a{color:var(--soft);\
        text-decoration:none;padding:4px 0}.top nav a[aria-current]{color:var(--ink);font-weight:600;\
        box-shadow:0 2px var(--accent)}
        h1{font-size:28px;line-height:1.2;letter-spacing:-.02em;margin:12px 0 4px;overflow-wrap:anywhere}
        h2{font-size:18px;letter-spacing:-.01em;margin:0}
        .lead{color:var(--soft);margin:0 0 18px;overflow-wrap:anywhere}
        .card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:18px 20px;margin:0 0 16px;\
        min-width:0}
        .card>p{margin:6px 0}.card p{overflow-wrap:anywhere}\
        .note,.empty,.card .method{color:var(--soft);font-size:14px}.empty{padding:16px 0}
        .pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 16px}
        .head{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:0 16px;margin:0 0 10px}
        .data{font-size:13px;color:var(--soft);white-space:nowrap}.data a{padding:4px 2px}
        .view{display:flex;flex-wrap:wrap;gap:10px 20px;align-items:center;margin:0 0 18px;font-size:14px}
        .choice{display:inline-flex;flex-wrap:wrap;border:1px solid var(--rule);border-radius:8px;\
        background:var(--card);\
        padding:2px}.choice a,.choice span{padding:5px 12px;border-radius:6px;text-decoration:none;color:var(--soft)}
        .choice [aria-current]{background:var(--accent);color:var(--accent-ink);font-weight:600}
        form{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:0;font-size:14px}\
        form label{color:var(--soft)}
        input,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--rule);border-radius:6px;\
        padding:4px 10px}input{width:9.6em;padding:4px 6px}button{cursor:pointer;font-weight:600;color:var(--accent)}
        .figures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:0;margin:0 0 16px;padding:0;\
        background:var(--card);border:1px solid var(--rule);border-radius:10px}
        .figures div{padding:14px 20px;border-left:1px solid var(--rule)}.figures div:first-child{border-left:0}
        .figures dt{color:var(--soft);font-size:14px}.figures dd{margin:0}.figures .big{font-size:28px;\
        line-height:1.25;\
        font-weight:650;letter-spacing:-.02em}.figures .more{color:var(--soft);font-size:13.5px}
        .ok{color:var(--good);font-weight:600}.trouble{color:var(--bad);font-weight:600}
        .verdict{margin:4px 0 10px;max-width:46em}
        footer{color:var(--soft);font-size:13.5px;padding-top:10px}footer p{margin:4px 0;overflow-wrap:anywhere}

        """

    private static let charts = """
        svg.chart{display:block;width:100%;height:auto;font-size:13px}.narrow{display:none}
        .chart text{fill:var(--soft);font-family:inherit}.chart .unit{font-size:13px}
        .chart .name,.chart .value{fill:var(--ink);font-size:14px;paint-order:stroke;stroke:var(--card);\
        stroke-width:5px}.chart .value{font-weight:600}
        .grid{stroke:var(--rule)}.base,.zero{stroke:var(--soft)}.zero{stroke-dasharray:4 3}
        .k-human{fill:var(--human)}.k-proxy{fill:var(--proxy)}.k-prefetch{fill:var(--prefetch)}
        .k-machine{fill:var(--machine)}.k-unknown{fill:var(--unknown)}.hatch{stroke:var(--hatch);stroke-width:1;\
        fill:none}
        .send{stroke:var(--send);stroke-width:1.5;stroke-dasharray:3 3}.sent{fill:var(--send)}
        .chart .send-label{fill:var(--send);font-weight:600}
        .interval{stroke:var(--human);stroke-width:2.5;fill:none}.real{fill:var(--human);stroke:var(--human)}
        .open{fill:var(--card);stroke:var(--human);stroke-width:2.5}
        .legend{display:flex;flex-wrap:wrap;gap:2px 18px;list-style:none;margin:0 0 10px;padding:0;font-size:13.5px;\
        color:var(--soft)}.legend li{display:flex;align-items:center;gap:7px}.swatch{flex:none}
        .bar{display:block;width:100%;height:8px;min-width:40px}.trend{display:block}.trend .line{fill:none;\
        stroke:var(--human);stroke-width:1.6;stroke-linejoin:round}.trend .area{fill:var(--human);opacity:.14}
        .trend circle{fill:var(--human)}

        """

    private static let tables = """
        .scroll{overflow-x:auto}.scroll td:first-child{min-width:9em}\
        table{width:100%;border-collapse:collapse;font-size:14.5px}
        caption{text-align:left;color:var(--soft);font-size:13.5px;padding:0 0 6px}
        th{text-align:left;font-weight:600;color:var(--soft);font-size:13px;vertical-align:bottom}
        th,td{padding:7px 8px;border-bottom:1px solid var(--rule);vertical-align:top}tbody tr:last-child>td,\
        tbody tr:last-child>th{border-bottom:0}th:first-child,td:first-child{padding-left:0}th:last-child,\
        td:last-child{padding-right:0}
        .v{text-align:right}.n{text-align:right;white-space:nowrap}tbody th{color:var(--ink);font-size:inherit;\
        font-weight:500;\
        overflow-wrap:anywhere;min-width:9em}
        td small,th small{display:block;color:var(--soft);font-size:12.5px;font-weight:400;white-space:nowrap}
        th small{white-space:normal}
        .b{width:22%;padding-top:14px}.verdicts{margin:0 0 14px;gap:0 32px}.verdicts h3{font-size:15px;margin:4px 0}\
        details{margin-top:10px;font-size:14px}summary{cursor:pointer;color:var(--soft)}
        .long{max-height:24em;overflow:auto}

        """

    private static let adaptations = """
        @media(max-width:900px){.pair{grid-template-columns:minmax(0,1fr)}td small,.n{white-space:normal}\
        th,td{padding:7px 5px}tbody th{min-width:6em}}
        @media(max-width:640px){.page{padding:0 12px 32px}h1{font-size:24px}.card{padding:14px;border-radius:8px}
        .wide{display:none}.narrow{display:block}.figures{grid-template-columns:1fr 1fr}.figures div{padding:12px 14px}
        .figures div:nth-child(odd){border-left:0}.figures div:nth-child(n+3){border-top:1px solid var(--rule)}
        .figures .big{font-size:23px}.choice a{padding:5px 8px}
        .rank .b,.rank .s{display:none}.rank tbody th{min-width:6em}
        .fold caption{display:block}.fold thead{position:absolute;width:1px;height:1px;overflow:hidden;\
        clip-path:inset(50%)}
        .fold,.fold tbody,.fold tr,.fold td,.fold tbody th{display:block}.fold tr{padding:10px 0;\
        border-bottom:1px solid var(--rule)}.fold tr:last-child{border-bottom:0}.fold td,.fold tbody th{border:0;\
        padding:2px 0}.fold td{display:flex;justify-content:space-between;gap:12px;text-align:right}
        .fold td::before{content:attr(data-label);color:var(--soft);text-align:left}.fold td.b{display:block;\
        width:auto;\
        padding:5px 0}.fold td.b::before{content:none}.fold tbody th{font-weight:650}.fold .n{white-space:normal}
        }
        @media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;\
        --accent:#000;--accent-ink:#000;--human:#2a68ae;--proxy:#86b2dc;--prefetch:#e3b45c;--machine:#c4c8cd;\
        --unknown:#e0dcd4;--hatch:#666;--send:#a3460f}
        body{font-size:11pt}.top nav,form,.data,details,.choice a:not([aria-current]){display:none}
        .page{padding:0;max-width:none}.pair>.card,.figures,svg,tr,.verdicts{break-inside:avoid}\
        h2,h3,caption,thead{break-after:avoid}.card,.figures{border-radius:0}
        .choice{border:0;padding:0}.choice [aria-current]{background:none;padding:0}.lead a{color:inherit;\
        text-decoration:none}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        @media print and (min-width:600px) and (max-width:900px){\
        .pair{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}.wide{display:none}\
        .narrow{display:block}.card{padding:12px 14px}}

        """
}
