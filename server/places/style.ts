/** How the pages that show where people leave look: by day and by night, on a desk and in a hand. */
export const STYLE = `
:root {
  --paper: #f6f4ef;
  --card: #fffefb;
  --line: #d9d4c7;
  --ink: #1d2430;
  --quiet: #575d68;
  --way: #9fc4bd;
  --way-line: #4d8b81;
  --accent: #0f6b5f;
  --left: #a8321a;
  --left-soft: #f0bfae;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #13161b;
    --card: #1d222a;
    --line: #39414d;
    --ink: #e9ecf0;
    --quiet: #a9b1bd;
    --way: #2d5c56;
    --way-line: #6fb3a8;
    --accent: #74d3c4;
    --left: #ff9d80;
    --left-soft: #6d3325;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 1.25rem clamp(1rem, 4vw, 3rem) 4rem;
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
main, .crumbs { max-width: 76rem; margin-inline: auto; }
a { color: var(--accent); text-underline-offset: 0.2em; }
a:focus-visible, .scroller:focus-visible, summary:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
  border-radius: 4px;
}
h1 { margin: 0.5rem 0 0; font-size: clamp(1.75rem, 5vw, 2.5rem); line-height: 1.15; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
.lead { margin: 0.25rem 0 1.5rem; color: var(--quiet); }
code { font-size: 0.9em; }

.flows { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.flows li { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem; }
.flows a { font-size: 1.2rem; font-weight: 650; }
.flows p { margin: 0.25rem 0 0; color: var(--quiet); }
.flows b { color: var(--ink); }
.flows span { white-space: nowrap; }

.choices { display: grid; grid-template-columns: max-content 1fr; gap: 0.5rem 1rem; align-items: baseline; margin-bottom: 1.25rem; }
.choices h2 { font-size: 0.95rem; margin: 0; color: var(--quiet); font-weight: 500; }
.choices ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.5rem; }
.choices a { display: inline-block; padding: 0.3rem 0.8rem; min-height: 2rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card); text-decoration: none; color: var(--ink); }
.choices a:hover { border-color: var(--accent); }
.choices a[aria-current] { border: 2px solid var(--accent); font-weight: 650; }
@media (max-width: 32rem) { .choices { grid-template-columns: 1fr; } }

.figures { list-style: none; margin: 0 0 1rem; padding: 0; display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(45%, 11rem), 1fr)); }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 0.75rem 1rem; display: grid; }
.figures b { font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures small { color: var(--quiet); }
.callout { border-inline-start: 6px solid var(--left); background: var(--card); border-radius: 6px; padding: 0.75rem 1rem; margin: 0 0 1rem; }

figure { margin: 0 0 1.5rem; }
figcaption { margin-top: 0.75rem; color: var(--quiet); max-width: 48rem; }
.scroller { overflow-x: auto; }
figure .scroller { background: var(--card); border: 1px solid var(--line); border-radius: 16px; }
details { margin-bottom: 2rem; }
summary { cursor: pointer; padding: 0.25rem 0; font-weight: 650; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: end; padding: 0.5rem 0.75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, th:last-child, td:last-child { text-align: start; }
tbody th { font-weight: 650; }
th small { display: block; font-weight: 400; color: var(--quiet); }
dl { display: grid; gap: 0.5rem 2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); margin: 0; }
dt { font-weight: 650; }
dd { margin: 0; color: var(--quiet); }

.sheet { position: relative; width: max-content; margin-inline: auto; }
/* Where there is less room than for all of it, its middle is seen first. */
.middle { position: absolute; inset-block-start: 0; inset-inline-start: calc(50% - 9rem); inline-size: 18rem; block-size: 1px; scroll-initial-target: nearest; }
.flow { display: block; }
.flow text { fill: var(--ink); font-family: inherit; }
.ground { fill: var(--paper); stroke: var(--line); }
.card.unseen .ground { stroke-dasharray: 5 5; }
.flow .kind { font-size: 12px; fill: var(--quiet); }
.flow .id { font-weight: 650; font-size: 13px; fill: var(--ink); }
.say { font-size: 14px; unicode-bidi: plaintext; }
.flow .figure { font-size: 16px; font-weight: 650; font-variant-numeric: tabular-nums; }
.flow .words { font-size: 12px; font-weight: 400; fill: var(--quiet); }
.bar { fill: var(--way); }
.bar-left { fill: url(#hatch); stroke: var(--left); }
.hatch-ground { fill: var(--card); }
.hatch-line { fill: var(--left); }
.flow .left { font-size: 13px; font-weight: 650; fill: var(--left); }
.way { fill: none; stroke: var(--way); }
.way.back { stroke: var(--way-line); stroke-dasharray: 7 5; }
.way.untaken { stroke: var(--line); }
.arrow { fill: var(--way-line); }
.label text { paint-order: stroke; stroke: var(--card); stroke-width: 5px; stroke-linejoin: round; }
.count { font-size: 13px; font-weight: 650; font-variant-numeric: tabular-nums; }
.flow .untaken .count { fill: var(--quiet); font-weight: 400; }
.lost { fill: url(#lost); }
.lost-start { stop-color: var(--left); stop-opacity: 0.75; }
.lost-end { stop-color: var(--left); stop-opacity: 0; }
.ring { fill: none; stroke: var(--left); stroke-width: 3; }
.worst .ground { stroke: var(--left); stroke-width: 2; }
.badge rect { fill: var(--left); }
.flow .badge text { fill: var(--card); font-size: 12px; font-weight: 650; }
.badge path { fill: none; stroke: var(--card); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
@media (forced-colors: active) {
  .way, .ground, .ring { stroke: CanvasText; }
  .lost, .bar-left { fill: CanvasText; }
}
@media print { .flow { max-width: 100%; height: auto; } }
`;
