// The scripts of docs/push.md, run as they stand there.
import { test, after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { root, serve } from "./pushmesh.mjs";

const folder = mkdtempSync(path.join(os.tmpdir(), "pushmesh-docs-"));
const left = new Set();
after(() => {
  for (const leftover of left) leftover();
  rmSync(folder, { recursive: true });
});

const page = readFileSync(path.join(root, "docs/push.md"), "utf8");
const blocks = (language) => [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)\n\`\`\`$`, "gm"))].map((match) => match[1]);

test("tokens made as docs/push.md says let its client in", async () => {
  symlinkSync(path.join(root, "tests/e2e/node_modules"), path.join(folder, "node_modules"));
  const [commands] = blocks("sh");
  const [makeToken, client] = blocks("js");
  const [makeTokenInPython] = blocks("python");
  const [makeSecret, start] = commands.split("\n");
  execFileSync("sh", ["-c", makeSecret], { cwd: folder });
  writeFileSync(path.join(folder, "token.mjs"), makeToken);
  writeFileSync(path.join(folder, "client.mjs"), client);
  const tokens = [
    execFileSync(process.execPath, ["token.mjs"], { cwd: folder, encoding: "utf8" }),
    execFileSync("/usr/bin/python3", ["-c", makeTokenInPython], { cwd: folder, encoding: "utf8" }),
  ];

  const options = start.replace("pushmesh serve ", "").replace("secret.key", path.join(folder, "secret.key")).split(" ");
  const node = await serve(options);
  left.add(() => node.child.kill("SIGKILL"));
  for (const token of [...tokens, "not a token"]) {
    const env = { ...process.env, TOKEN: token.trim(), NODE_URL: `http://127.0.0.1:${node.port}` };
    const child = spawn(process.execPath, ["client.mjs"], { cwd: folder, env });
    left.add(() => child.kill("SIGKILL"));
    const giveUp = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const [said] = await once(tokens.includes(token) ? child.stdout : child.stderr, "data");
    assert.equal(String(said), tokens.includes(token) ? "logged in as u1, tags vip\n" : "refused: token_invalid\n");
    clearTimeout(giveUp);
    child.kill();
  }
  assert.equal((await node.stop()).code, 0);
});
