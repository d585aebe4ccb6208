import assert from "node:assert/strict";
import { readTime, stretchAt } from "../../../lib/scheduler/zone.ts";

Deno.test("readTime() takes an offset as it is, and reads the clock of the zone without one", () => {
  const cases = {
    "2026-07-01T03:00Z": "2026-07-01T03:00:00.000Z",
    "2026-07-01 03:00:30+02:00": "2026-07-01T01:00:30.000Z",
    "2026-07-01T03:00": "2026-07-01T10:00:00.000Z",
    // a time that the clock skips, and one that it shows twice
    "2026-03-08T02:30": "2026-03-08T10:30:00.000Z",
    "2026-11-01T01:30": "2026-11-01T08:30:00.000Z",
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(readTime(text, "America/Los_Angeles")?.toISOString(), expected, text);
  }
  for (const text of ["", "tomorrow", "2026-07-01", "2026-02-31T00:00", "2026-07-01T25:00Z"]) {
    assert.equal(readTime(text, "UTC"), null, text);
  }
  assert.throws(() => readTime("2026-07-01T03:00", "Mars/Olympus"), /There is no time zone "Mars\/Olympus"/);
});

Deno.test("readTime() reads the clock of this machine where no zone is named", () => {
  const zone = Temporal.Now.timeZoneId();
  assert.deepEqual(readTime("2026-07-01T03:00"), readTime("2026-07-01T03:00", zone));
});

Deno.test("stretchAt() has no ends where the clock never changes", () => {
  assert.deepEqual(stretchAt("UTC", 0), {
    startMs: -Infinity,
    endMs: Infinity,
    offsetMs: 0,
    earlierOffsetMs: 0,
  });
});

Deno.test("stretchAt() counts the moment of a change to the stretch that it begins", () => {
  const change = Date.parse("2026-03-29T01:00Z");
  assert.equal(stretchAt("Europe/Berlin", change).startMs, change);
  assert.equal(stretchAt("Europe/Berlin", change - 1).endMs, change);
  assert.equal(stretchAt("Europe/Berlin", change).earlierOffsetMs, 3_600_000);
});
