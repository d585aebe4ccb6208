import assert from "node:assert/strict";
import { byteSize, duration, ellipsis, relativeTime, shortIds } from "../../cli/format.ts";

Deno.test("shortIds() keeps 13 characters when they tell the ids apart", () => {
  const ids = ["0199e4a2-7b1c-7000-8000-000000000001", "0199e4a2-7b1d-7000-8000-000000000001"];
  assert.deepEqual(ids.map(shortIds(ids)), ["0199e4a2-7b1c", "0199e4a2-7b1d"]);
});

Deno.test("shortIds() takes more characters when ids were made in the same millisecond", () => {
  const ids = ["0199e4a2-7b1c-7000-8000-000000000001", "0199e4a2-7b1c-7001-8000-000000000001"];
  assert.deepEqual(ids.map(shortIds(ids)), ["0199e4a2-7b1c-7000", "0199e4a2-7b1c-7001"]);
});

Deno.test("shortIds() does not grow when an id is shown twice", () => {
  const id = "0199e4a2-7b1c-7000-8000-000000000001";
  assert.equal(shortIds([id, id])(id), "0199e4a2-7b1c");
});

Deno.test("duration() shows one or two units", () => {
  const cases: [number, string][] = [
    [0, "0ms"],
    [999, "999ms"],
    [4239, "4.2s"],
    [59_900, "59s"],
    [60_000, "1m"],
    [200_000, "3m 20s"],
    [7_500_000, "2h 5m"],
    [90_000_000, "1d 1h"],
    [86_400_000 * 400, "400d"],
  ];
  for (const [durationMs, text] of cases) assert.equal(duration(durationMs), text);
});

Deno.test("relativeTime() tells past from future", () => {
  const now = new Date("2026-01-01T12:00:00Z");
  assert.equal(relativeTime(new Date("2026-01-01T11:58:00Z"), now), "2m ago");
  assert.equal(relativeTime(new Date("2026-01-01T12:05:00Z"), now), "in 5m");
  assert.equal(relativeTime(null, now), null);
});

Deno.test("byteSize() picks the unit", () => {
  assert.equal(byteSize(512), "512 B");
  assert.equal(byteSize(12_345_678), "12.3 MB");
});

Deno.test("ellipsis() cuts only what is too long", () => {
  assert.equal(ellipsis("catalog", 7), "catalog");
  assert.equal(ellipsis("catalogue", 7), "catalo…");
});
