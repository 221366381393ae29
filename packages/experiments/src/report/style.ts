// The looks of a report, light and dark. Text on a calm page, numbers in columns, little else.

/** The style sheet; the typeface is inside. */
export function styleSheet(fonts: readonly { readonly weight: number; readonly base64: string }[]): string {
  const faces = fonts.map(
    ({ weight, base64 }) =>
      `@font-face{font-family:"Source Sans 3";font-weight:${weight};src:url(data:font/woff2;base64,${base64}) format("woff2")}`,
  );
  return `${faces.join("")}${rules}`;
}

const rules = `
:root{color-scheme:light dark;--page:#f6f7f9;--surface:#ffffff;--ink:#1c2430;--muted:#5b6675;--faint:#8b95a3;--grid:#e3e7ec;--line:#dde2e8;--accent:#0a62a8;--wash:#eef4fa;--good:#0b7a4b;--bad:#b4431a;
--series-1:#0072b2;--series-2:#d55e00;--series-3:#009e73;--series-4:#cc79a7;--series-5:#e69f00;--series-6:#56b4e9;--series-7:#333333;--series-8:#8b6914}
@media (prefers-color-scheme:dark){:root{--page:#11151b;--surface:#181e26;--ink:#e4e9f0;--muted:#a3aebc;--faint:#768294;--grid:#2b333e;--line:#2a323d;--accent:#6db5f2;--wash:#1d2935;--good:#4fc48c;--bad:#f0956b;
--series-1:#58aee8;--series-2:#f5894a;--series-3:#35c99a;--series-4:#e39cc6;--series-5:#f2b632;--series-6:#8fd0f7;--series-7:#d7dde5;--series-8:#cfa54a}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1.5rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 "Source Sans 3","Segoe UI",system-ui,sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
.layout{display:grid;grid-template-columns:15.5rem minmax(0,1fr);max-width:88rem;margin:0 auto}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:2.6rem 1rem 2rem 1.5rem;font-size:.92rem}
nav b{display:block;font-size:.74rem;letter-spacing:.07em;text-transform:uppercase;color:var(--faint);margin-bottom:.5rem;font-weight:600}
nav a{display:block;padding:.22rem 0;color:var(--muted);line-height:1.3}nav a:hover{color:var(--accent)}
main{padding:2.4rem 2rem 4rem;min-width:0}
h1{font-size:2.1rem;line-height:1.2;margin:0 0 .6rem;letter-spacing:-.01em;font-weight:700}
h2{font-size:1.4rem;line-height:1.25;margin:0 0 .4rem;font-weight:700}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem;font-weight:600}
.lead{color:var(--muted);max-width:46rem;margin:0 0 1.6rem;font-size:1.08rem}
section{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:1.6rem 1.7rem;margin:0 0 1.5rem}
.facts{display:flex;flex-wrap:wrap;gap:.8rem 2.4rem;margin:0;padding:0;list-style:none}
.facts b{display:block;font-size:1.5rem;line-height:1.2;font-weight:700}.facts span{color:var(--muted);font-size:.88rem}
.tag{display:inline-block;border-radius:99px;padding:.05rem .6rem;font-size:.8rem;font-weight:600;background:var(--wash);color:var(--accent);margin-right:.35rem}
.note,.conditions{color:var(--muted);font-size:.9rem;margin:.5rem 0;max-width:56rem}
.conditions{margin-top:.6rem}
.notes{color:var(--muted);font-size:.92rem;margin:.3rem 0 0;padding-left:1.1rem;max-width:56rem}
.scroll{overflow-x:auto;margin:.4rem -.2rem 0;padding:0 .2rem}
table{border-collapse:collapse;font-size:.94rem;min-width:24rem}
th,td{padding:.42rem .95rem .42rem 0;text-align:right;vertical-align:top;white-space:nowrap;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left;padding-right:1.6rem;white-space:normal;min-width:10rem}
thead th{font-weight:600;color:var(--muted);font-size:.86rem;vertical-align:bottom;white-space:normal}
tbody th{font-weight:400}
tr.group th{padding-top:1rem;font-weight:600;font-size:.86rem;color:var(--accent);text-align:left}
tr:last-child td,tr:last-child th{border-bottom-color:transparent}
td .value{font-weight:400;font-size:1.02rem}td.best .value{font-weight:700}
td small{display:block;color:var(--faint);font-size:.78rem;line-height:1.35}
td .paper{color:var(--muted)}.better{color:var(--good)}.worse{color:var(--bad)}
.untrained{color:var(--faint);font-size:.78rem;display:block;line-height:1.3}
.text td,.text th{text-align:left;white-space:normal}.text{font-size:.84rem}
figure{margin:1.2rem 0 0;min-width:0}figure svg{max-width:100%;height:auto;display:block}
figure svg text{font-family:"Source Sans 3","Segoe UI",system-ui,sans-serif}
figcaption{color:var(--muted);font-size:.88rem;margin-top:.4rem;max-width:56rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:.4rem 1.6rem}
.tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:0 2rem}.tables th:first-child{min-width:6.5rem;padding-right:.4rem}
.curves{grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}
details{margin-top:1rem;border-top:1px solid var(--line);padding-top:.7rem}
summary{cursor:pointer;color:var(--accent);font-size:.92rem}
footer{color:var(--faint);font-size:.85rem;padding:0 .2rem}
code{font:.88em ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:var(--wash);padding:.08em .35em;border-radius:4px}
@media (max-width:62rem){.layout{display:block}nav{position:static;max-height:none;padding:1.5rem 1.2rem 0}nav a{display:inline-block;margin-right:1.1rem}main{padding:1.4rem 1rem 3rem}section{padding:1.2rem 1.1rem}}
@media print{nav{display:none}.layout{display:block}section{break-inside:avoid;border:none;padding:0}}
`;
