import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../lib/database.ts";
import { json } from "../../lib/database.ts";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { eventually, type RunningChild, startCli } from "../support/process.ts";

const SCHEDULERS = 3;
const DUE_TIMES = 300;

/** Scheduler processes, one of which can be killed and started again. */
class Schedulers implements AsyncDisposable {
  readonly #env: Record<string, string>;
  #children: RunningChild[];
  /** How many were killed. */
  kills = 0;

  constructor(databaseUrl: string) {
    this.#env = { ABSURD_DATABASE_URL: databaseUrl, ABSURD_ENABLED: "true" };
    this.#children = Array.from({ length: SCHEDULERS }, () => this.#start());
  }

  #start(): RunningChild {
    return startCli(["scheduler", "run"], { env: this.#env });
  }

  /** Waits until all of them have registered. */
  async whenStarted(): Promise<void> {
    await eventually(() => this.#allStarted(), { timeoutMs: 60_000 });
  }

  #allStarted(): boolean {
    return this.#children.every(({ stderr }) => / started /.test(stderr));
  }

  /** Kills one by SIGKILL and starts another in its place; the other two go on. */
  killOne(): void {
    const index = Math.floor(Math.random() * SCHEDULERS);
    this.#children[index].kill("SIGKILL");
    this.#children[index] = this.#start();
    this.kills++;
  }

  /** How many runs each of those that live now has told of. */
  get fired(): number[] {
    return this.#children.map(({ stderr }) => stderr.split(" spawned minutely: ").length - 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGTERM");
    await Promise.all(this.#children.map((child) => child[Symbol.asyncDispose]()));
  }
}

async function addSchedule(database: Database): Promise<void> {
  await setClock(database, "2026-06-01T00:00:30Z");
  await database.call("save_schedule", {
    schedule: json({
      name: "minutely",
      "cron_expression": "* * * * *",
      timezone: "UTC",
      "queue_name": "q",
      "task_name": "work",
      params: { due: "{due_at}" },
    }),
    "next_due_at": "2026-06-01T00:01:00Z",
  });
}

/** Lets a minute pass; all schedulers wake at the same moment. */
async function passMinute(database: Database): Promise<void> {
  await advanceClock(database, 60);
  await database.query("select pg_notify('absurd_schedules', '')");
}

async function countRuns(database: Database): Promise<number> {
  const [{ count }] = await database.query<{ count: number }>(
    "select count(*)::int as count from absurd.schedule_runs",
  );
  return count;
}

/** Cuts all connections of schedulers, as a restart of a server in between does. */
async function cutConnections(database: Database): Promise<void> {
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'absurd scheduler'`,
  );
}

Deno.test("three schedulers, one killed at random, spawn one task for each of 300 due times", async () => {
  await withDatabase(async (database, url) => {
    await addSchedule(database);
    await using schedulers = new Schedulers(url);
    await schedulers.whenStarted();
    let cuts = 0;
    for (let minute = 1; minute <= DUE_TIMES; minute++) {
      const isKill = Math.random() < 0.08;
      if (isKill) await schedulers.whenStarted();
      await passMinute(database);
      // in the middle of looking, firing or answering
      if (isKill) {
        await delay(Math.random() * 15);
        schedulers.killOne();
      }
      if (minute % 50 === 0) cuts += (await cutConnections(database), 1);
      await eventually(async () => await countRuns(database) >= minute, { timeoutMs: 60_000, intervalMs: 5 });
    }
    const runs = await database.query<{ outcome: string; due: Date; task: string; missed: number }>(
      "select outcome, due_at as due, task_id as task, missed_count as missed from absurd.schedule_runs order by due_at",
    );
    const start = Date.parse("2026-06-01T00:00:00Z");
    assert.deepEqual(
      runs.map(({ due }) => due.getTime()),
      Array.from({ length: DUE_TIMES }, (_, index) => start + (index + 1) * 60_000),
    );
    assert.ok(runs.every(({ outcome, missed }) => outcome === "spawned" && missed === 0));
    const tasks = await database.query<{ id: string; due: string }>(
      "select task_id as id, params ->> 'due' as due from absurd.tasks order by params ->> 'due'",
    );
    assert.deepEqual(tasks.map(({ id }) => id), runs.map(({ task }) => task));
    assert.ok(schedulers.kills > 0);
    Deno.stdout.writeSync(new TextEncoder().encode(
      `${tasks.length} tasks for ${DUE_TIMES} due times; ${schedulers.kills} schedulers killed, ` +
        `all connections cut ${cuts} times; the last three fired ${schedulers.fired.join(", ")}\n`,
    ));
  });
});
