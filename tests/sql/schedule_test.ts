import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { advanceClock, setClock } from "../support/clock.ts";
import { QUEUE, type Row, rows, type Session, value } from "./queue.ts";

const NOON = "2026-06-01T12:00:00+00:00";
const DUE = ["12:15", "12:30", "12:45"].map((time) => `2026-06-01T${time}:00+00:00`);

const SCHEDULE = {
  name: "often",
  "cron_expression": "*/15 * * * *",
  timezone: "UTC",
  "queue_name": QUEUE,
  "task_name": "work",
  params: { at: "{due_at}", nested: ["before {due_at}"] },
};

/** Adds a schedule that is due at 12:15, at noon. */
async function add(session: Session, options: Row = {}, dueAt: string = DUE[0]): Promise<Row> {
  await setClock(session, NOON);
  return await value<Row>(session, "save_schedule", {
    schedule: { ...SCHEDULE, ...options },
    "next_due_at": dueAt,
  });
}

/** Fires the due time of that number and sets the next one. */
function fire(session: Session, index = 0, options: Row = {}, revision = 1): Promise<Row | null> {
  return value<Row | null>(session, "fire_schedule", {
    name: "often",
    revision,
    "expected_due_at": DUE[index],
    "due_at": DUE[index],
    "next_due_at": DUE[index + 1],
    options,
  });
}

function get(session: Session): Promise<Row> {
  return value<Row>(session, "get_schedule", { name: "often" });
}

function runs(session: Session): Promise<Row[]> {
  return rows(session, "list_schedule_runs", { name: "often" }).then((list) =>
    list.map((row) => row.list_schedule_runs)
  );
}

Deno.test("save_schedule() refuses what could not be fired, and adds nothing", async () => {
  await withDatabase(async (database) => {
    const cases: [Row, RegExp][] = [
      [{ missed: "sometimes" }, /missed must be skip, once or all/],
      [{ "task_name": undefined }, /either a task or a chain/],
      [{ priority: "high" }, /priority must be a whole number/],
      [{ colour: "blue" }, /unknown key: colour/],
      [{ "ends_at": "never" }, /ends_at must be a point in time/],
      [{ "queue_name": "" }, /queue_name must have 1 to 128 characters/],
      [{
        "task_name": undefined,
        chain: {
          name: "c",
          steps: [{ name: "a", "task_name": "a", "depends_on": ["b"] }],
        },
      }, /step a depends on b/],
    ];
    for (const [options, message] of cases) {
      await assert.rejects(add(database, options), message, JSON.stringify(options));
    }
    assert.deepEqual(await rows(database, "list_schedules"), []);
    assert.deepEqual(await rows(database, "list_tasks"), []);
    assert.deepEqual(await rows(database, "get_queue_stats"), []);
  });
});

Deno.test("fire_schedule() spawns once however many call it at the same time", async () => {
  await withDatabase(async (database) => {
    await add(database);
    await advanceClock(database, 900);
    const fired = await Promise.all(Array.from({ length: 8 }, () => fire(database)));
    const [run, ...others] = fired.filter((answer) => answer !== null);
    assert.deepEqual(others, []);
    assert.equal(run.outcome, "spawned");
    const [{ list_tasks: task }, ...rest] = await rows(database, "list_tasks");
    assert.deepEqual(rest, []);
    assert.equal(task.task_id, run.task_id);
    assert.equal(task.key, "schedule often 2026-06-01T12:15:00Z");
    assert.deepEqual(task.params, { at: "2026-06-01T12:15:00Z", nested: ["before 2026-06-01T12:15:00Z"] });
    assert.equal((await get(database)).next_due_at, DUE[1]);
  });
});

Deno.test("fire_schedule() does nothing before the due time, for an old revision, or while paused", async () => {
  await withDatabase(async (database) => {
    await add(database);
    await advanceClock(database, 899);
    assert.equal(await fire(database), null);
    await advanceClock(database, 1);
    await value(database, "pause_schedule", { name: "often" });
    assert.equal(await fire(database, 0, {}, 2), null);
    await value(database, "resume_schedule", { name: "often", revision: 2, "next_due_at": DUE[0] });
    assert.equal(await fire(database, 0, {}, 1), null);
    assert.equal((await fire(database, 0, {}, 3))?.outcome, "spawned");
  });
});

Deno.test("fire_schedule() does not move a schedule back when a slow scheduler comes with an older due time", async () => {
  await withDatabase(async (database) => {
    await add(database);
    await advanceClock(database, 1800);
    await fire(database);
    await fire(database, 1);
    assert.equal(await fire(database), null);
    assert.equal((await get(database)).next_due_at, DUE[2]);
    assert.equal((await runs(database)).length, 2);
  });
});

Deno.test("fire_schedule() does not spawn again for a due time that comes again", async () => {
  await withDatabase(async (database) => {
    await add(database);
    await advanceClock(database, 900);
    await fire(database);
    // as after a clock was put back and a schedule resumed
    await value(database, "pause_schedule", { name: "often" });
    await value(database, "resume_schedule", { name: "often", revision: 2, "next_due_at": DUE[0] });
    assert.equal(await fire(database, 0, {}, 3), null);
    assert.equal((await get(database)).next_due_at, DUE[1]);
    assert.equal((await rows(database, "list_tasks")).length, 1);
  });
});

Deno.test("fire_schedule() pauses a schedule whose spawn is refused, and keeps the reason", async () => {
  await withDatabase(async (database) => {
    await add(database);
    await database.query("update absurd.scheduled_tasks set queue_name = ''");
    await advanceClock(database, 900);
    const run = await fire(database);
    assert.equal(run?.outcome, "failed");
    assert.match(run?.reason, /queue_name must have/);
    const schedule = await get(database);
    assert.equal(schedule.state, "paused");
    assert.match(schedule.error, /queue_name must have/);
    assert.deepEqual(await value<Row>(database, "due_schedules").then(({ schedules }) => schedules), []);
  });
});

Deno.test("prune() forgets what a schedule did once the work is forgotten, but for its last line", async () => {
  await withDatabase(async (database) => {
    await add(database);
    await advanceClock(database, 1800);
    const first = await fire(database);
    const second = await fire(database, 1);
    const forget = () => rows(database, "prune", { "older_than_sec": 60 });
    const left = () => runs(database).then((list) => list.map(({ task_id }) => task_id));
    await advanceClock(database, 3600);
    await forget();
    assert.deepEqual(await left(), [second?.task_id, first?.task_id], "their tasks wait");
    for (const run of [first, second]) await value(database, "cancel_task", { "task_id": run?.task_id });
    await advanceClock(database, 3600);
    await forget();
    assert.deepEqual(await left(), [second?.task_id]);
  });
});

Deno.test("fire_schedule() with overlap = skip passes over while a run is unfinished", async () => {
  await withDatabase(async (database) => {
    await add(database, { overlap: "skip" });
    await advanceClock(database, 900);
    const first = await fire(database);
    await advanceClock(database, 900);
    const second = await fire(database, 1);
    assert.equal(second?.outcome, "skipped");
    assert.equal(second?.reason, `A run is unfinished: task ${first?.task_id} is pending`);
    await value(database, "cancel_task", { "task_id": first?.task_id });
    await advanceClock(database, 900);
    const third = await value<Row>(database, "fire_schedule", {
      name: "often",
      revision: 1,
      "expected_due_at": DUE[2],
      "due_at": DUE[2],
      "next_due_at": null,
    });
    assert.equal(third.outcome, "spawned");
    assert.equal((await get(database)).state, "ended");
    assert.deepEqual((await runs(database)).map(({ outcome }) => outcome), ["spawned", "skipped", "spawned"]);
  });
});

Deno.test("fire_schedule() with overlap = skip passes over while a run is unfinished that is not the last", async () => {
  await withDatabase(async (database) => {
    await add(database, { overlap: "skip" });
    await advanceClock(database, 900);
    const first = await fire(database);
    const last = await value<Row>(database, "trigger_schedule", { name: "often" });
    await value(database, "cancel_task", { "task_id": last.task_id });
    await advanceClock(database, 900);
    const second = await fire(database, 1);
    assert.equal(second?.reason, `A run is unfinished: task ${first?.task_id} is pending`);
  });
});

Deno.test("fire_schedule() spawns a chain with params of schedule and step", async () => {
  await withDatabase(async (database) => {
    const steps = [
      { name: "one", "task_name": "first", params: { size: 2, day: "{due_at}" } },
      { name: "two", "task_name": "second", "depends_on": ["one"], "max_retries": 1 },
    ];
    await add(database, {
      "task_name": undefined,
      chain: { name: "pair", steps },
      params: { size: 1, at: "{due_at}" },
      "max_retries": 7,
    });
    await advanceClock(database, 900);
    const run = await fire(database);
    const workflow = await value<Row>(database, "get_workflow", { "workflow_id": run?.workflow_id });
    const at = "2026-06-01T12:15:00Z";
    assert.deepEqual(workflow.steps.map((step: Row) => step.params), [{ size: 2, at, day: at }, {
      size: 1,
      at,
    }]);
    assert.deepEqual(workflow.steps.map((step: Row) => step.max_retries), [7, 1]);
    assert.equal(workflow.key, `schedule often ${at}`);
  });
});

Deno.test("save_schedule() keeps a due time that is being fired, unless the times change", async () => {
  await withDatabase(async (database) => {
    await add(database);
    await advanceClock(database, 901);
    const replace = (options: Row) =>
      value<Row>(database, "save_schedule", {
        schedule: { ...SCHEDULE, ...options },
        "next_due_at": DUE[1],
        replace: true,
      });
    assert.equal((await replace({ priority: 3 })).next_due_at, DUE[0]);
    assert.equal((await replace({ timezone: "Europe/Berlin" })).next_due_at, DUE[1]);
    await assert.rejects(add(database), /There is a schedule often already/);
  });
});

Deno.test("trigger_schedule() spawns now, in any state, and leaves the due time alone", async () => {
  await withDatabase(async (database) => {
    await add(database, { overlap: "skip" });
    const first = await value<Row>(database, "trigger_schedule", { name: "often" });
    await value(database, "pause_schedule", { name: "often" });
    const second = await value<Row>(database, "trigger_schedule", { name: "often" });
    assert.notEqual(first.task_id, second.task_id);
    assert.equal(second.due_at, null);
    await assert.rejects(
      value(database, "trigger_schedule", { name: "rarely" }),
      /Schedule not found: rarely/,
    );
  });
});

Deno.test("_jitter_offset_sec() is the same for a name, and spreads names", async () => {
  await withDatabase(async (database) => {
    const found = await database.query<{ offset: number }>(
      "select absurd._jitter_offset_sec('s' || i, 600) as offset from generate_series(1, 1000) as i",
    );
    const offsets = found.map(({ offset }) => offset);
    assert.ok(offsets.every((offset) => offset >= 0 && offset < 600));
    const mean = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length;
    assert.ok(Math.abs(mean - 300) < 30, String(mean));
    assert.ok(new Set(offsets).size > 990);
  });
});

Deno.test("list_schedulers() shows who is live", async () => {
  await withDatabase(async (database) => {
    await setClock(database, NOON);
    await value(database, "register_scheduler", { "scheduler_id": "s1", info: { pid: 1, "lease_sec": 60 } });
    await advanceClock(database, 61);
    await value(database, "register_scheduler", { "scheduler_id": "s2" });
    const list = async () =>
      (await rows(database, "list_schedulers")).map((
        { list_schedulers: each },
      ) => [each.scheduler_id, each.live]);
    assert.deepEqual(await list(), [["s1", false], ["s2", true]]);
    await value(database, "deregister_scheduler", { "scheduler_id": "s1" });
    assert.deepEqual(await list(), [["s2", true]]);
  });
});
