import { escaped, type GradeReport, type ReportedCase } from "./grade-report.ts";
import { isFailed, isToMend } from "./score.ts";

/** A grade as a page: one file, works offline, light and dark. */
export function toHtml(report: GradeReport): string {
  const { subject, profile, score, seed, sandbox, partial, observed, contradictions, startError, tiers, cases } =
    report;
  const failed = cases.filter(isToMend);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(subject)}: ${score ?? "no"} of 100</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(subject)}</h1>
<p class="score"><b>${score ?? "–"}</b> of 100 in <code>${escaped(profile)}</code></p>
${partial ? '<p class="bad">Cases were not asked: they count as failed.</p>' : ""}
${startError === null ? "" : `<p class="bad">It did not start: ${escaped(startError)}</p>`}
${observed ? `<p>Seen: ${escaped(observed.words)}.</p>` : ""}
${sandbox === null ? "" : `<p class="quiet">Sandbox: ${escaped(sandbox)}.</p>`}
${contradictions.map((each) => `<p class="bad">${escaped(each)}.</p>`).join("\n")}
<table><caption>What counts</caption><thead><tr><th scope="col">tier</th><th scope="col">passed</th><th scope="col">of</th></tr></thead>
<tbody>${tiers
    .filter(({ of }) => of > 0)
    .map(({ tier, passed, of }) => `<tr><th scope="row">${tier}</th><td>${passed}</td><td>${of}</td></tr>`)
    .join("")}</tbody></table>
${failed.length > 0 ? `<h2>What to mend</h2>\n${failed.map(failure).join("\n")}` : ""}
<h2>Every case</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Every case">
<table><thead><tr><th scope="col">#</th><th scope="col">verdict</th><th scope="col">a server …</th><th scope="col">told</th></tr></thead>
<tbody>${cases.map(row).join("\n")}</tbody></table>
</div>
<p class="quiet">Seed ${seed}. What each tier weighs: must 60 %, robustness 30 %, bounded 10 %; whoever fails a must has 59 at the most.</p>
</main>
</body>
</html>
`;
}

const failure = ({ id, requirement, why, cause, wayOut, reproduce }: ReportedCase) => `<section>
<h3 id="${escaped(id)}">${escaped(requirement)}</h3>
<p>${escaped(why ?? "")}</p>
${cause === null ? "" : `<p><b>Likely:</b> ${escaped(cause)}.</p>`}
${wayOut === null ? "" : `<p><b>Way out:</b> ${escaped(wayOut)}.</p>`}
<p><code>${escaped(reproduce)}</code></p>
</section>`;

const row = ({ number, id, verdict, requirement, why, follows }: ReportedCase) =>
  `<tr><td>${number}</td><td class="${isFailed({ verdict }) ? "bad" : ""}">${verdict}</td><td>${escaped(requirement)}<br><code>${escaped(id)}</code></td><td>${follows === null ? "" : `follows from <code>${escaped(follows)}</code>: `}${escaped(why ?? "")}</td></tr>`;

const style = `
:root { color-scheme: light dark; --text: #1b1f24; --page: #fff; --line: #d0d7de; --quiet: #57606a; --alarm: #b42318; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --page: #0d1117; --line: #30363d; --quiet: #9aa4af; --alarm: #ff9b8f; } }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
.score b { font-size: 3rem; }
.bad { color: var(--alarm); font-weight: 600; }
.quiet, caption { color: var(--quiet); }
caption { text-align: left; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0; border-top: 1px solid var(--line); }
code { font-size: 0.85em; overflow-wrap: anywhere; }
`;
