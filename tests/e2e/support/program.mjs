// Clients in other languages: programs that print `ok NAME` or `not ok NAME: why` per check.
import { execFile } from "node:child_process";
import assert from "node:assert/strict";

/// Runs the program and makes a subtest of each line.
export async function runChecks(t, file, args, { atLeast, timeout = 60000 }) {
  const result = await new Promise((resolve) =>
    execFile(file, args, { timeout, maxBuffer: 1 << 24 }, (error, stdout, stderr) => resolve({ error, stdout, stderr })),
  );
  const lines = result.stdout.split("\n").filter((line) => /^(not )?ok /.test(line));
  for (const line of lines) {
    const [, bad, name, why] = line.match(/^(not )?ok ([^:]*)(?:: (.*))?$/);
    await t.test(name, () => assert.ok(!bad, why));
  }
  assert.equal(result.error?.code ?? result.error?.signal ?? 0, 0, result.stdout + result.stderr);
  assert.ok(lines.length >= atLeast, `only ${lines.length} checks ran:\n${result.stdout}${result.stderr}`);
  return result.stdout;
}
