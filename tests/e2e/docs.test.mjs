// docs/api.md shows code that exists: each block is found, word by word, in the example named above it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");

test("the code of docs/api.md stands in the examples", () => {
  const page = read("docs/api.md");
  const blocks = [...page.matchAll(/<!-- (examples\/\S+) -->\n```cpp\n([^]*?)\n```/g)];
  assert.equal(blocks.length, page.split("```cpp").length - 1, "a block has no example above it");
  for (const [, path, code] of blocks) assert.ok(read(path).includes(code), `${path} does not hold:\n${code}`);
});
