import type { Result, SelfTestCase } from "../result.ts";
import { count, time } from "../units.ts";
import { scrolling } from "./figure.ts";
import { html, type Markup, nothing } from "./html.ts";

/** How far the run is to be believed, and how it is done again. */
export function thisRun({ command, seed, reference, selfTest }: Result): Markup {
  return html`<section id="this-run">
<h2>This run</h2>
<p>Again, in the same order and with the same bytes: <code>${/--seed\b/.test(command) ? command : `${command} --seed ${seed}`}</code>. Every window behind these numbers is in <code>result.json</code>, in the folder of this page.</p>
<p>Where a table does not say otherwise, a client has one message under way and waits for its answer before it sends again (a closed loop), and the server and the load generator have a processor each (topology split).</p>
<p>A, A' and A'' are three processes of one server, the one that its table is compared with: ${reference}, and of UDP another. A is its row in the tables. What A and A' differ by is noise and nothing else: that is the resolution, and no smaller difference is called one. A'' is judged like any other row; where even that one looks different, the table has no verdicts.</p>
<p>“faster” and “slower” need both: the interval of the ratio lies outside of the resolution, and the p-value, corrected for the number of rows (Holm), is below 5 %. “~” says that this run cannot tell the two apart. A row that left clients without any answer is not ranked.</p>
${selfTest === null ? nothing : selfTestTable(selfTest)}
</section>
`;
}

function selfTestTable(cases: readonly SelfTestCase[]): Markup {
  const head = ["case", "result", "sent", "counted", "p50 measured", "p50 recorded", "p99 measured", "p99 recorded"];
  return html`<h3>The load generator, tested</h3>
<p>A server that delays on purpose and keeps a record; beside it what the load generator measured.</p>
${scrolling(
  "Self-test of the load generator",
  html`<table class="main"><caption class="unseen">Self-test of the load generator</caption><thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead><tbody>${cases.map(
    ({ name, passed, attempts, sent, counted, p50, p99 }) =>
      html`<tr><th scope="row">${name}</th><td>${passed ? (attempts === 1 ? "passed" : `passed at attempt ${attempts}`) : html`<b class="alarm">failed</b>`}</td><td>${count(sent)}</td><td>${count(counted)}</td><td>${time(p50.measured)}</td><td>${time(p50.recorded)}</td><td>${time(p99.measured)}</td><td>${time(p99.recorded)}</td></tr>`,
  )}</tbody></table>`,
)}`;
}
