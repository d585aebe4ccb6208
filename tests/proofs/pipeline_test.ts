import assert from "node:assert/strict";
import { proveAll } from "./pipeline/prove.ts";

Deno.test("the reference pipeline meets known truth", async () => {
  const lines: string[] = [];
  const holds = await proveAll({ skies: 2, seed: 11 }, (line) => lines.push(line));
  assert.ok(holds, lines.join("\n"));
});
