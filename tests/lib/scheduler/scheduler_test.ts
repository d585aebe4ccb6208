import assert from "node:assert/strict";
import { AbsurdClient } from "../../../lib/client.ts";
import { AbsurdConfig } from "../../../lib/config.ts";
import { type Database, json } from "../../../lib/database.ts";
import type { SchedulerEvent } from "../../../lib/scheduler/events.ts";
import { AbsurdScheduler } from "../../../lib/scheduler/scheduler.ts";
import { advanceClock, readClock, setClock } from "../../support/clock.ts";
import { withDatabase } from "../../support/database.ts";
import { openGate } from "../../support/gate.ts";
import { eventually } from "../../support/process.ts";

interface World {
  readonly database: Database;
  readonly client: AbsurdClient;
  /** What the scheduler told so far. */
  readonly events: SchedulerEvent[];
}

/** Runs `test` beside a scheduler with heartbeats of 50 ms, which is stopped at the end. */
async function withScheduler(test: (world: World) => Promise<void>): Promise<void> {
  await withDatabase(async (database, url) => {
    await using client = new AbsurdClient({ databaseUrl: url, queueName: "q" });
    const config = AbsurdConfig.fromEnv({
      ABSURD_DATABASE_URL: url,
      ABSURD_HEARTBEAT_INTERVAL: "50ms",
      ABSURD_LEASE: "5",
    });
    const events: SchedulerEvent[] = [];
    const stop = new AbortController();
    const scheduler = new AbsurdScheduler(config, { onEvent: (event) => events.push(event) });
    const running = scheduler.run({ signal: stop.signal });
    try {
      await eventually(() => events.some(({ type }) => type === "started"));
      await test({ database, client, events });
    } finally {
      stop.abort();
      await running;
    }
    assert.deepEqual(await client.listSchedulers(), []);
  });
}

const BAD = ["badcron", "badzone", "badspawn", "badtime"];
const WORK = { taskName: "work", cronExpression: "* * * * *" };

Deno.test("AbsurdScheduler fires within a second of the due time, though the schedule is added while it sleeps", async () => {
  await withScheduler(async ({ client }) => {
    await client.saveSchedule({ name: "often", taskName: "work", cronExpression: "* * * * * *" });
    const runs = await eventually(async () => {
      const list = await client.listScheduleRuns("often");
      return list.length >= 5 && list;
    });
    const lateMs = runs.map(({ dueAt, firedAt }) => firedAt.getTime() - dueAt!.getTime());
    assert.ok(lateMs.every((late) => late >= 0), String(lateMs));
    // a machine that is busy with other tests may stand still for a moment
    assert.ok(lateMs.toSorted((a, b) => a - b)[2] < 1_000, String(lateMs));
    assert.equal(
      (await client.listTasks()).length,
      runs.filter(({ outcome }) => outcome === "spawned").length,
    );
  });
});

Deno.test("AbsurdScheduler pauses a row that has turned bad, tells why, and goes on with the others", async () => {
  await withScheduler(async ({ database, client, events }) => {
    await setClock(database, "2026-06-01T12:00:30Z");
    for (const name of [...BAD, "good"]) {
      await client.saveSchedule({ name, ...WORK });
    }
    await database.script(`
      update absurd.scheduled_tasks set cron_expression = '61 * * * *' where name = 'badcron';
      update absurd.scheduled_tasks set timezone = 'Mars/Olympus' where name = 'badzone';
      update absurd.scheduled_tasks set task_name = '' where name = 'badspawn';
      update absurd.scheduled_tasks set next_due_at = '-infinity', next_run_at = '-infinity' where name = 'badtime';
    `);
    for (let minute = 0; minute < 3; minute++) {
      await advanceClock(database, 60);
      await database.query("select pg_notify('absurd_schedules', '')");
      await eventually(async () => (await client.listScheduleRuns("good")).length === minute + 1);
    }
    const schedules = Object.fromEntries((await client.listSchedules()).map((each) => [each.name, each]));
    assert.match(schedules.badcron.error!, /Cannot read cron expression "61 \* \* \* \*"/);
    assert.match(schedules.badzone.error!, /There is no time zone "Mars\/Olympus"/);
    assert.match(schedules.badspawn.error!, /task_name must have 1 to 128 characters/);
    assert.match(schedules.badtime.error!, /next due time is no point in time/);
    for (const name of BAD) {
      assert.equal(schedules[name].state, "paused");
      assert.deepEqual((await client.listScheduleRuns(name)).map(({ outcome }) => outcome), ["failed"]);
    }
    assert.equal((await client.listTasks()).length, 3);
    const failed = events.flatMap((event) =>
      event.type === "fired" && event.run.outcome === "failed" ? event : []
    );
    assert.equal(failed.length, BAD.length);
  });
});

Deno.test("AbsurdScheduler shows itself, and takes claims of lost workers back", async () => {
  await withScheduler(async ({ database, client, events }) => {
    const taskId = await client.spawn("work");
    await database.call("register_worker", { "worker_id": "w", info: json({ "queue_names": ["q"] }) });
    const settings = json({ "lease_sec": 0.1, "heartbeat_sec": 0.05 });
    await database.call("claim_task", { "worker_id": "w", "queue_name": "q", settings });
    await eventually(async () => (await client.getTask(taskId))?.status === "pending");
    await eventually(() => events.some((event) => event.type === "recovered" && event.count === 1));
    const [scheduler] = await client.listSchedulers();
    assert.equal(scheduler.live, true);
    assert.equal(scheduler.pid, Deno.pid);
  });
});

Deno.test("AbsurdScheduler forgets what ended long ago", async () => {
  await withDatabase(async (database, url) => {
    await using client = new AbsurdClient({ databaseUrl: url, queueName: "q" });
    const [old, recent] = [await client.spawn("work"), await client.spawn("work")];
    await client.cancelTask(old);
    await advanceClock(database, 31 * 86_400);
    await client.cancelTask(recent);
    const stop = new AbortController();
    const config = AbsurdConfig.fromEnv({ ABSURD_DATABASE_URL: url, ABSURD_RETENTION: "30d" });
    const running = new AbsurdScheduler(config).run({ signal: stop.signal });
    await eventually(async () => await client.getTask(old) === null);
    stop.abort();
    await running;
    assert.equal((await client.getTask(recent))?.status, "cancelled");
  });
});

Deno.test("AbsurdScheduler does not fire when a schedule is resumed after its due time passed", async () => {
  await withScheduler(async ({ database, client }) => {
    await setClock(database, "2026-06-01T12:00:30Z");
    await client.saveSchedule({ name: "paused", ...WORK });
    await client.pauseSchedule("paused");
    await advanceClock(database, 3600);
    const resumed = await client.resumeSchedule("paused");
    assert.equal(resumed.nextDueAt?.toISOString(), "2026-06-01T13:01:00.000Z");
    await advanceClock(database, 60);
    await database.query("select pg_notify('absurd_schedules', '')");
    await eventually(async () => (await client.listScheduleRuns("paused")).length > 0);
    const runs = await client.listScheduleRuns("paused");
    assert.deepEqual(runs.map(({ dueAt, missedCount }) => [dueAt, missedCount]), [[resumed.nextDueAt, 0]]);
  });
});

Deno.test("AbsurdScheduler survives the loss of all its connections", async () => {
  await withScheduler(async ({ database, client }) => {
    await client.saveSchedule({ name: "often", taskName: "work", cronExpression: "* * * * * *" });
    await eventually(async () => (await client.listScheduleRuns("often")).length > 0);
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'absurd scheduler'",
    );
    const from = await readClock(database);
    await eventually(async () =>
      (await client.listScheduleRuns("often")).some(({ firedAt }) => firedAt > from)
    );
  });
});

Deno.test("AbsurdScheduler goes on when the database refuses a firing for a reason that may pass, and says so once", async () => {
  await withScheduler(async ({ database, client, events }) => {
    await client.saveSchedule({ name: "often", taskName: "work", cronExpression: "* * * * * *" });
    await eventually(async () => (await client.listScheduleRuns("often")).length > 0);
    await database.script(`
      create function absurd.refuse() returns trigger language plpgsql as $$
      begin raise 'canceling statement due to statement timeout' using errcode = '57014'; end $$;
      create trigger refuse before insert on absurd.schedule_runs execute function absurd.refuse();
    `);
    await eventually(() => events.some(({ type }) => type === "warning"));
    await database.script("drop trigger refuse on absurd.schedule_runs");
    const from = await readClock(database);
    await eventually(async () =>
      (await client.listScheduleRuns("often")).some(({ firedAt }) => firedAt > from)
    );
    assert.deepEqual(events.flatMap((event) => event.type === "warning" ? event.message : []), [
      "canceling statement due to statement timeout",
    ]);
  });
});

Deno.test("AbsurdScheduler fires over new connections when the old ones say nothing any more, and ends when it is told to", async () => {
  await withDatabase(async (database, url) => {
    await using gate = await openGate(url);
    await using client = new AbsurdClient({ databaseUrl: url, queueName: "q" });
    const fired = (from: Date) =>
      eventually(
        async () => (await client.listScheduleRuns("often")).some(({ firedAt }) => firedAt > from),
        { timeoutMs: 45_000 },
      );
    const stop = new AbortController();
    const config = AbsurdConfig.fromEnv({ ABSURD_DATABASE_URL: gate.url });
    const running = new AbsurdScheduler(config).run({ signal: stop.signal });
    const from = await readClock(database);
    await client.saveSchedule({ name: "often", taskName: "work", cronExpression: "* * * * * *" });
    await fired(from);
    gate.silence();
    await fired(await readClock(database));
    gate.silence();
    stop.abort();
    await running;
  });
});

Deno.test("AbsurdScheduler ends when an upgrade takes programs of its version no more", async () => {
  await withDatabase(async (database, url) => {
    const config = AbsurdConfig.fromEnv({ ABSURD_DATABASE_URL: url, ABSURD_HEARTBEAT_INTERVAL: "50ms" });
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const scheduler = new AbsurdScheduler(config, { onEvent: ({ type }) => type === "started" && resolve() });
    const running = scheduler.run();
    running.catch(() => {}); // told below
    await started;
    await database.script(
      "create or replace function absurd._oldest_client_version() returns int language sql as 'select 900'",
    );
    await assert.rejects(running, { name: "SchemaError", hint: "Update absurd on this machine." });
  });
});
