import assert from "node:assert/strict";
import fc from "fast-check";
import type { Database } from "../../../lib/database.ts";
import { json } from "../../../lib/database.ts";
import { SchedulerCalls } from "../../../lib/scheduler/calls.ts";
import { fireDueSchedules } from "../../../lib/scheduler/fire.ts";
import { MOST_COUNTED } from "../../../lib/scheduler/plan.ts";
import { Timetable } from "../../../lib/scheduler/timetable.ts";
import { setClock } from "../../support/clock.ts";
import { withDatabase } from "../../support/database.ts";
import { minuteExpression, moment, secondExpression, ZONES } from "./arbitraries.ts";
import { slowDueTimes } from "./slow_cron.ts";

const DAY_MS = 86_400_000;
const zone = fc.constantFrom(...ZONES);

function texts(times: readonly Date[]): string[] {
  return times.map((time) => time.toISOString());
}

/** Says on the terminal what a property was tried on. */
function tell(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Compares all due times within a window; returns how many there were. */
function compareTimes(cronExpression: string, timezone: string, from: Date, windowMs: number): number {
  const until = new Date(from.getTime() + windowMs);
  const expected = slowDueTimes(cronExpression, timezone, from, until);
  const timetable = new Timetable({ cronExpression, timezone });
  const found = timetable.list(from, expected.length + 1);
  assert.deepEqual(texts(found.slice(0, expected.length)), texts(expected));
  const beyond = found[expected.length];
  assert.ok(!beyond || beyond > until, `${beyond?.toISOString()} is not due`);
  const first = new Date(from.getTime() + 1);
  assert.deepEqual(timetable.latest(first, until), expected.at(-1) ?? null);
  return expected.length;
}

Deno.test("Timetable has the due times of an independent computation, for random expressions and zones", () => {
  let [cases, count] = [0, 0];
  fc.assert(
    fc.property(minuteExpression, zone, moment, (expression, timezone, from) => {
      cases++;
      count += compareTimes(expression, timezone, from, 2 * DAY_MS);
    }),
    { numRuns: 150 },
  );
  fc.assert(
    fc.property(secondExpression, zone, moment, (expression, timezone, from) => {
      cases++;
      count += compareTimes(expression, timezone, from, DAY_MS / 24);
    }),
    { numRuns: 20 },
  );
  tell(`${cases} random expressions and zones: ${count} due times, all as computed independently`);
});

/** A schedule, and when schedulers are awake. */
interface Life {
  readonly expression: string;
  readonly timezone: string;
  readonly start: Date;
  readonly missed: "skip" | "once" | "all";
  readonly missedLimit: number;
  readonly graceSec: number;
  /** Minutes between looks. */
  readonly gaps: number[];
}

const life: fc.Arbitrary<Life> = fc.record({
  expression: minuteExpression,
  timezone: zone,
  start: moment,
  missed: fc.constantFrom("skip" as const, "once" as const, "all" as const),
  missedLimit: fc.integer({ min: 1, max: 30 }),
  graceSec: fc.constantFrom(0, 60, 3600),
  // awake, or a downtime
  gaps: fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 30, max: 900 })), {
    minLength: 3,
    maxLength: 8,
  }),
});

/** All hours by name are no fixed hours: nothing is due at 02:00, which the clock skips. */
const ALL_HOURS_BY_NAME: Life = {
  expression: "0 0-23 * * *",
  timezone: "Australia/Lord_Howe",
  start: new Date("2026-10-03T14:00:00Z"),
  missed: "once",
  missedLimit: 1,
  graceSec: 0,
  gaps: [60, 11, 8, 11, 9],
};

/** What becomes of due times. */
interface Outcome {
  readonly spawned: string[];
  readonly skipped: string[];
  readonly missedCount: number;
}

/** Works out what was promised, from due times that were computed independently. */
function promised(
  due: readonly Date[],
  looks: readonly Date[],
  { missed, missedLimit, graceSec }: Life,
): Outcome {
  const spawned: Date[] = [];
  const skipped: Date[] = [];
  let handled = 0;
  let missedCount = 0;
  for (const look of looks) {
    const passed = due.slice(handled).filter((time) => time <= look);
    handled += passed.length;
    if (passed.length === 0) continue;
    const kept = passed.slice(missed === "all" ? -missedLimit : -1);
    missedCount += Math.min(passed.length - kept.length, MOST_COUNTED);
    const late = look.getTime() - kept[0].getTime() > graceSec * 1000;
    (missed === "skip" && late ? skipped : spawned).push(...kept);
  }
  return { spawned: texts(spawned), skipped: texts(skipped), missedCount };
}

/** Lets a schedule live through the looks, by the functions that schedulers use, and returns its history. */
async function live(database: Database, name: string, looks: readonly Date[], given: Life): Promise<Outcome> {
  const { expression, timezone, start, missed, missedLimit, graceSec } = given;
  const calls = new SchedulerCalls(database, {
    schedulerId: name,
    hostname: "",
    pid: 1,
    version: "",
    leaseSec: 60,
  });
  const timetable = new Timetable({ cronExpression: expression, timezone });
  await setClock(database, start);
  await database.call("save_schedule", {
    schedule: json({
      name,
      "cron_expression": expression,
      timezone,
      missed,
      "missed_limit": missedLimit,
      "grace_sec": graceSec,
      "queue_name": "q",
      "task_name": "work",
      params: { due: "{due_at}" },
    }),
    "next_due_at": timetable.require(start),
  });
  for (const look of looks) {
    await setClock(database, look);
    await fireDueSchedules(calls);
  }
  const runs = await database.query<
    { due: Date; outcome: string; missed: number; params: { due: string } | null }
  >(
    `select r.due_at as due, r.outcome, r.missed_count as missed, t.params
     from absurd.schedule_runs as r left join absurd.tasks as t on t.task_id = r.task_id
     where r.schedule_name = $1 order by r.due_at`,
    [name],
  );
  const tasks = await database.query("select from absurd.tasks where key like $1 || ' %'", [
    `schedule ${name}`,
  ]);
  await database.call("remove_schedule", { name });
  const of = (outcome: string) => runs.filter((run) => run.outcome === outcome);
  assert.equal(tasks.length, of("spawned").length);
  for (const run of of("spawned")) assert.equal(Date.parse(run.params!.due), run.due.getTime());
  return {
    spawned: texts(of("spawned").map(({ due }) => due)),
    skipped: texts(of("skipped").map(({ due }) => due)),
    missedCount: runs.reduce((sum, run) => sum + run.missed, 0),
  };
}

Deno.test("fireDueSchedules() spawns for each due time as often as promised, through random downtimes", async () => {
  await withDatabase(async (database) => {
    let [cases, spawned, passedOver] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(life, async (given) => {
        const { expression, timezone, start, gaps } = given;
        let at = start.getTime();
        const looks = gaps.map((minutes) => new Date(at += minutes * 60_000));
        const due = slowDueTimes(expression, timezone, start, looks.at(-1)!);
        const found = await live(database, `case-${++cases}`, looks, given);
        const expected = promised(due, looks, given);
        assert.deepEqual(found, expected);
        spawned += found.spawned.length;
        passedOver += found.skipped.length + found.missedCount;
      }),
      { numRuns: 250, examples: [[ALL_HOURS_BY_NAME]] },
    );
    tell(
      `${cases} random schedules with downtimes: ${spawned} due times spawned once, ${passedOver} passed over as promised`,
    );
  });
});
