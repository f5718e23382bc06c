/** The page's looks. Charts take their colours from here: one drawing serves light and dark. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fff; --ink: #1b1f24; --quiet: #59626c; --rule: #d9dde2; --grid: #e9ecef; --soft: #f5f6f8;
  --link: #0a58ad; --alarm: #b3261e; --good: #0b6b3a; --band: #e3e6ea;
  --series-1: #3e4bdb; --series-2: #d9560c; --series-3: #0f8ea3; --series-4: #944785;
  --series-5: #586020; --series-6: #9a6cf0; --series-7: #6a1904; --series-8: #1f3564;
  --call-1: #24508a; --call-2: #8a4b08; --call-3: #1f6b4f; --call-4: #7a3b86; --call-5: #8f2d3c; --call-6: #565e68;
  --share-1: #c9d3e6; --share-2: #94abd0; --share-3: #5d80b8; --share-4: #33568f; --share-5: #162d57;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --ink: #e6e9ec; --quiet: #a3acb6; --rule: #363c44; --grid: #262b31; --soft: #1d2126;
    --link: #85b8f5; --alarm: #ff8f85; --good: #6fd19a; --band: #2f353d;
    --series-1: #afbaea; --series-2: #e0921b; --series-3: #26ba96; --series-4: #3afce2;
    --series-5: #ffe164; --series-6: #a876ec; --series-7: #d6574f; --series-8: #4a93b3;
    --call-1: #8fb8ee; --call-2: #e6ab63; --call-3: #74c9a6; --call-4: #d29ade; --call-5: #f2929f; --call-6: #b3bbc5;
    --share-1: #2c3a52; --share-2: #40597f; --share-3: #5f83b8; --share-4: #94b4e0; --share-5: #d5e4fa;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 4rem; }
body {
  margin: 0 auto; padding: 3rem 1.5rem 4rem; max-width: 63rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word;
}
h1, h2, h3 { line-height: 1.2; font-weight: 650; letter-spacing: -.01em; }
h1 { font-size: 2rem; margin: .25rem 0 1.75rem; }
h2 { font-size: 1.5rem; margin: 0 0 .5rem; }
h3 { font-size: 1.1rem; margin: 3rem 0 .25rem; }
p { margin: .5rem 0; max-width: 44rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font: .92em ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: 3px; }
section { margin: 4.5rem 0 0; }
footer { margin-top: 5rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: .875rem; }
.brand { margin: 0; color: var(--quiet); font-size: .875rem; letter-spacing: .04em; }
.skip, .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: static; width: auto; height: auto; clip-path: none; }
.quiet, .settings, .note { color: var(--quiet); }
.settings, .note { font-size: .875rem; }
.shows { font-size: 1.1rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: .35rem 2.5rem; margin: 0; font-size: .875rem; }
.facts div { display: grid; grid-template-columns: 5.5rem 1fr; gap: .75rem; padding: .3rem 0; border-top: 1px solid var(--rule); }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; min-width: 0; }
.banner { margin: 1.25rem 0 0; padding: .6rem .9rem; border-left: 3px solid var(--alarm); background: var(--soft); max-width: none; }
.banner.mild { border-color: var(--quiet); }
.banner + .banner { margin-top: .5rem; }
.findings { margin: 1rem 0 0; padding: 0; list-style: none; max-width: 46rem; }
.findings li { padding: .65rem 0; border-top: 1px solid var(--rule); font-size: 1.05rem; }
.models { margin: 1rem 0 0; padding: 0; list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: .75rem 2rem; font-size: .875rem; line-height: 1.35; }
.models li { display: grid; grid-template-columns: 1rem 1fr; gap: .5rem; }
.models b { font-weight: 600; }
nav ul { margin: 3rem 0 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; font-size: .9375rem; }
.swatch { width: .8em; height: .8em; vertical-align: -.04em; flex: none; overflow: visible; fill: currentColor; }
.models .swatch { width: 1rem; height: 1rem; margin-top: .1rem; }
.highlight { position: sticky; top: 0; z-index: 2; display: flex; gap: .4rem; align-items: center; overflow-x: auto; margin: 2rem -1.5rem 0; padding: .6rem 1.5rem; background: var(--page); border-bottom: 1px solid var(--rule); font-size: .8125rem; white-space: nowrap; }
.highlight[hidden] { display: none; }
.highlight span { color: var(--quiet); margin-right: .25rem; }
button { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--rule); border-radius: 999px; padding: .25rem .7rem; cursor: pointer; }
button:hover { border-color: var(--quiet); }
button[aria-pressed="true"] { background: var(--ink); color: var(--page); border-color: var(--ink); }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .8125rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem 0 .45rem .9rem; text-align: right; vertical-align: top; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th:first-child { padding-left: 0; text-align: left; white-space: normal; min-width: 8.5rem; }
thead th { color: var(--quiet); font-weight: 500; vertical-align: bottom; border-color: var(--rule); white-space: normal; }
tbody th { font-weight: 600; }
td small { display: block; color: var(--quiet); font-size: .75rem; }
td b { font-weight: 600; }
td.error { text-align: left; white-space: normal; color: var(--alarm); }
table.main { width: 100%; }
table.small { margin: 2rem 0; min-width: 18rem; }
table.small caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
tr.chosen > * { background: var(--soft); }
.alarm { color: var(--alarm); }
.faster { color: var(--good); }
.slower { color: var(--alarm); }
.even { color: var(--quiet); }
figure { margin: 2.75rem 0 0; }
figcaption { display: grid; gap: .2rem; margin-bottom: 1rem; max-width: 44rem; font-size: .875rem; line-height: 1.5; color: var(--quiet); }
figcaption strong { font-size: 1rem; font-weight: 650; color: var(--ink); }
.chart { display: block; width: 100%; height: auto; font-family: inherit; font-variant-numeric: tabular-nums; }
.chart text { white-space: pre; paint-order: stroke; }
.chart.narrow { display: none; max-width: 26rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .8125rem; }
ol.legend { display: none; }
.legend span { color: var(--quiet); }
.dim { opacity: .18; }
tr.dim, li.dim { opacity: 1; }
details { margin: .75rem 0 0; font-size: .875rem; }
summary { color: var(--link); cursor: pointer; width: max-content; }
@media (max-width: 44rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.6rem; }
  section { margin-top: 3.5rem; }
  .highlight { margin: 1.5rem -1rem 0; padding: .5rem 1rem; }
  .chart.wide { display: none; }
  .chart.narrow { display: block; }
  ol.legend { display: flex; }
  .facts { grid-template-columns: 1fr; }
  .scroll th:first-child { position: sticky; left: 0; background: var(--page); max-width: 9.5rem; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --quiet: #444; --rule: #bbb; --grid: #ddd; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .highlight, details, nav, .skip { display: none; }
  .chart.wide { display: block; }
  .chart.narrow, ol.legend { display: none; }
  figure, tr, .banner { break-inside: avoid; }
  h2, h3, figcaption, .settings { break-after: avoid; }
  .scroll { overflow: visible; }
}
`;
