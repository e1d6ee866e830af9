// The verdict as text.

const percent = (part) => `${(100 * part).toFixed(3)} %`;
const ms = (number) => `${number < 10 ? number.toFixed(1) : Math.round(number)} ms`;
const spreadText = ({ count, p50, p99, max }) => (count ? `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}` : "none");

function rows({ figures: f }, faults) {
  const classRow = (what, name) => {
    const { expected, delivered } = f.classes[name];
    return [what, `${delivered} of ${expected}`, expected ? percent(delivered / expected) : "-", spreadText(f.latencies[name])];
  };
  const part = (some, all) => [`${some} of ${all}`, all ? percent(some / all) : "-"];
  return [
    ["", "delivered", "", "time to arrive"],
    classRow("between nodes no fault touched", "untouched"),
    classRow("from 5 s after a heal", "healed"),
    classRow("during faults that do not separate, and around all", "touched"),
    ["all of these", ...part(f.overall.delivered, f.overall.expected), ""],
    classRow("beside: while their two nodes were apart", "apart"),
    ["emit-to and broadcast answered", String(f.answers.count), "", spreadText(f.answers)],
    ["asks complete outside of faults", ...part(f.asks.complete, f.asks.quiet), ""],
    ["asks complete in all", ...part(f.asks.allComplete, f.asks.all), spreadText(f.askAnswers)],
    ["late after a freeze", String(f.frozenLate.count), "", f.frozenLate.count ? `max ${ms(f.frozenLate.max)}` : ""],
    ["sockets, emits, received", `${f.sockets}, ${f.emits}, ${f.received}`, "", ""],
    ["faults", String(faults.length), "", ""],
  ];
}

export function table(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => String(line[column]).length)));
  return lines.map((line) => line.map((cell, i) => String(cell).padEnd(widths[i])).join("  ").trimEnd()).join("\n");
}

export function faultTable(faults, zero) {
  const at = (time) => (time === undefined ? "-" : `${((time - zero) / 1000).toFixed(1)} s`);
  return table([["fault", "", "from", "to"], ...faults.map((f) => [f.kind, f.detail, at(f.applied), at(f.healed)])]);
}

export function summary(verdict, faults) {
  const lines = [table(rows(verdict, faults))];
  const broken = Object.entries(verdict.violations);
  lines.push("", broken.length ? "BROKEN:" : "no rule was broken");
  for (const [rule, count] of broken) lines.push(`  ${rule}: ${count}`);
  for (const example of verdict.examples) lines.push(`    ${JSON.stringify(example)}`);
  return lines.join("\n");
}
