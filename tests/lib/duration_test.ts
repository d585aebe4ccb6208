import assert from "node:assert/strict";
import { parseDuration } from "../../lib/duration.ts";

Deno.test.each([
  ["90", 90],
  ["0.5", 0.5],
  ["90s", 90],
  ["2h30m", 9000],
  ["1d", 86_400],
  ["250ms", 0.25],
  ["1.1s2.2s", 3.3],
  [" 5m ", 300],
])('parseDuration() reads "%s"', (text: string, seconds: number) => {
  assert.equal(parseDuration(text), seconds);
});

Deno.test("parseDuration() refuses what is not a duration", () => {
  for (const text of ["", "h", "-5", "5 m", "1e3", "5w", "Infinity", "5m3"]) {
    assert.throws(() => parseDuration(text), { name: "InvalidArgumentError", message: /is not a duration/ });
  }
});
