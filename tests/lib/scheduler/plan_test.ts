import assert from "node:assert/strict";
import { type Firing, planFirings, type PlannedSchedule } from "../../../lib/scheduler/plan.ts";

/** What is planned at `now` for a schedule of every minute that is due at noon. */
function plan(now: string, options: Partial<PlannedSchedule> = {}): Firing[] {
  const schedule: PlannedSchedule = {
    cronExpression: "* * * * *",
    timezone: "UTC",
    startsAt: null,
    endsAt: null,
    nextDueAt: at("12:00"),
    offsetSec: 0,
    missed: "once",
    missedLimit: 100,
    graceSec: 60,
    ...options,
  };
  return [...planFirings(schedule, at(now))];
}

function at(time: string): Date {
  return new Date(`2026-06-01T${time}Z`);
}

Deno.test("planFirings() fires what is due on time", () => {
  assert.deepEqual(plan("12:00:01"), [{
    expectedDueAt: at("12:00"),
    dueAt: at("12:00"),
    nextDueAt: at("12:01"),
    missedCount: 0,
    skipReason: undefined,
    note: undefined,
  }]);
});

Deno.test("planFirings() with once runs the newest for all that passed", () => {
  const [firing, ...others] = plan("12:10:59");
  assert.deepEqual(others, []);
  assert.deepEqual([firing.dueAt, firing.nextDueAt, firing.missedCount], [at("12:10"), at("12:11"), 10]);
  assert.equal(firing.note, "10 due times were missed before it");
});

Deno.test("planFirings() with skip runs what is late by less than the grace only", () => {
  const hourly = { cronExpression: "@hourly", missed: "skip" } as const;
  assert.equal(plan("12:01:00", hourly)[0].skipReason, undefined);
  const [late] = plan("14:01:01", hourly);
  assert.match(late.skipReason!, /^Missed: no scheduler fired it within 60 s/);
  assert.deepEqual([late.dueAt, late.nextDueAt, late.missedCount], [at("14:00"), at("15:00"), 2]);
});

Deno.test("planFirings() with all runs each, the oldest first, and each expects the one before to be done", () => {
  const firings = plan("12:02:30", { missed: "all" });
  assert.deepEqual(firings.map(({ dueAt }) => dueAt), [at("12:00"), at("12:01"), at("12:02")]);
  assert.deepEqual(firings.map(({ expectedDueAt }) => expectedDueAt), [
    at("12:00"),
    at("12:01"),
    at("12:02"),
  ]);
  assert.deepEqual(firings.map(({ nextDueAt }) => nextDueAt), [at("12:01"), at("12:02"), at("12:03")]);
});

Deno.test("planFirings() with all is bounded, and says by how much", () => {
  const firings = plan("13:00:30", { missed: "all", missedLimit: 2 });
  assert.deepEqual(firings.map(({ dueAt }) => dueAt), [at("12:59"), at("13:00")]);
  assert.deepEqual(firings.map(({ missedCount }) => missedCount), [59, 0]);
  assert.equal(firings[0].note, "59 due times were missed before it, beyond the limit of 2");
});

Deno.test("planFirings() counts no further than a thousand", () => {
  const [firing] = plan("23:00", { cronExpression: "* * * * * *" });
  assert.equal(firing.missedCount, 1000);
  assert.equal(firing.note, "1000 or more due times were missed before it");
});

Deno.test("planFirings() leaves due times alone whose run the jitter puts into the future", () => {
  const [firing] = plan("12:02:10", { offsetSec: 30 });
  assert.deepEqual([firing.dueAt, firing.nextDueAt], [at("12:01"), at("12:02")]);
});

Deno.test("planFirings() tells that there is no further due time", () => {
  const endsAt = at("12:01");
  assert.equal(plan("12:05", { endsAt })[0].nextDueAt, null);
  assert.deepEqual(plan("12:05", { endsAt, missed: "all" }).map(({ nextDueAt }) => nextDueAt), [
    at("12:01"),
    null,
  ]);
});
