// Which faults a run has, when and how long: chosen by chance from a seed. Pure.

/// For each kind what is chosen, besides when. `nodes` is how many there are.
const kinds = {
  cut: (random, nodes) => ({ pair: somePair(random, nodes) }),
  "one-way cut": (random, nodes) => ({ pair: somePair(random, nodes) }),
  loss: (random, nodes) => ({ pair: somePair(random, nodes), probability: random.integer(2, 25) / 100 }),
  "link down": (random, nodes) => ({ node: random.integer(0, nodes - 1) }),
  "rate limit": (random, nodes) => ({ node: random.integer(0, nodes - 1), rate: `${random.integer(8, 20) * 100}kbit` }),
  freeze: (random, nodes) => ({ node: random.integer(0, nodes - 1) }),
  kill: (random, nodes) => ({ node: random.integer(0, nodes - 1) }),
  // The proxy stands between the first two.
  delay: (random) => ({ pair: [0, 1], ms: random.integer(20, 200) }),
};

export const kindNames = Object.keys(kinds);

function somePair(random, nodes) {
  const a = random.integer(0, nodes - 1);
  const b = (a + random.integer(1, nodes - 1)) % nodes;
  return [a, b];
}

/// The kinds in an order by chance, all before any comes again.
function* shuffledForEver(random, names) {
  for (;;) {
    const rest = [...names];
    while (rest.length) yield rest.splice(random.integer(0, rest.length - 1), 1)[0];
  }
}

/// [{kind, at, lasts, ...}] in seconds since the start, one after the other, each healed `calm` seconds
/// before the next begins and before the run ends.
export function faultPlan({ random, seconds, nodes, only = kindNames, longest = seconds >= 300 ? 30 : 10, calm = 8 }) {
  const plan = [];
  const names = shuffledForEver(random, only);
  for (let at = calm; ; ) {
    const kind = names.next().value;
    // Mostly short, some long.
    const lasts = Math.round(10 * (1 + random.unit() ** 1.4 * (longest - 1))) / 10;
    if (at + lasts + calm + 4 > seconds) return plan;
    plan.push({ kind, at, lasts, ...kinds[kind](random, nodes) });
    at = Math.round(10 * (at + lasts + calm + random.unit() * 4)) / 10;
  }
}
