import assert from "node:assert/strict";
import type { DatabaseSession } from "../../lib/database.ts";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  fail,
  failForGood,
  refused,
  type Row,
  rows,
  spawn,
  spawnGraph,
  value,
} from "./queue.ts";

const UNKNOWN = "018f4e5a-0000-7000-8000-000000000000";

/** Calls a verb for many tasks; each answer as `outcome state message`. */
async function bulk(
  session: DatabaseSession,
  verb: string,
  ids: string[],
  more: Row = {},
): Promise<string[]> {
  const answers = await session.call<Row>(verb, { "task_ids": ids, ...more });
  assert.deepEqual(answers.map((row) => row.task_id), ids);
  return answers.map(({ outcome, state, message }) => [outcome, state, message].filter(Boolean).join(" "));
}

async function state(session: DatabaseSession, id: string): Promise<string> {
  return (await value<Row>(session, "get_task", { "task_id": id })).state;
}

Deno.test("cancel_tasks() cancels what has not ended and says why it left the rest", async () => {
  await withDatabase(async (database) => {
    const [running, done, waiting] = [await spawn(database), await spawn(database), await spawn(database)];
    const child = await spawn(database, { "depends_on": [waiting] });
    const claims = await claim(database, 2);
    await complete(database, claims[1]);
    const ids = [waiting, UNKNOWN, done, running];
    assert.deepEqual(await bulk(database, "cancel_tasks", ids, { reason: "clouds" }), [
      "ok cancelled",
      "skipped there is no such task",
      "skipped completed it is completed",
      "ok cancelled",
    ]);
    assert.equal(await state(database, child), "cancelled");
    assert.equal((await value<Row>(database, "get_task", { "task_id": running })).cancel_reason, "clouds");
    assert.equal((await database.query("select from absurd.dying_claims")).length, 1);
  });
});

Deno.test("retry_tasks() opens what ended badly, whatever the order of the ids, and says why it left the rest", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { root: [], middle: ["root"], leaf: ["middle"] });
    await failForGood(database, await claimOne(database));
    const pending = await spawn(database);
    const ids = [tasks.leaf, tasks.middle, tasks.root, pending];
    assert.deepEqual(await bulk(database, "retry_tasks", [tasks.leaf]), [
      "skipped cancelled a parent has ended badly",
    ]);
    assert.deepEqual(await bulk(database, "retry_tasks", ids), [
      "ok blocked",
      "ok blocked",
      "ok ready",
      "skipped ready it is ready",
    ]);
    assert.deepEqual(await database.query("select from absurd.dead_letters where replayed_at is null"), []);
  });
});

Deno.test("retry_tasks() leaves a task whose key a newer one holds", async () => {
  await withDatabase(async (database) => {
    const old = await spawn(database, { key: "k" });
    await failForGood(database, await claimOne(database));
    const newer = await spawn(database, { key: "k" });
    assert.deepEqual(await bulk(database, "retry_tasks", [old]), [
      `skipped failed a newer one holds its key: task ${newer}`,
    ]);
  });
});

Deno.test("release_claims() takes a claim back, which is ready once its worker lets go", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "backoff_base_sec": 0 });
    await fail(database, await claimOne(database));
    const held = await claimOne(database);
    assert.deepEqual(await bulk(database, "release_claims", [id]), ["ok scheduled"]);
    assert.deepEqual(await bulk(database, "release_claims", [id]), ["skipped scheduled it is scheduled"]);
    assert.equal(await complete(database, held), "stale");
    const beat = await rows(database, "heartbeat_worker", {
      "worker_id": "w1",
      claims: [{ "task_id": id, attempt: held.attempt }],
    });
    assert.deepEqual(beat.map(({ verdict }) => verdict), ["lost"]);
    await rows(database, "acknowledge_tasks", {
      outcomes: [{ "task_id": id, attempt: held.attempt, report: { "exit_code": 143 } }],
    });
    const task = await value<Row>(database, "get_task", { "task_id": id });
    assert.deepEqual([task.state, task.failures], ["ready", 1]);
    const [, attempt] = task.attempts;
    assert.deepEqual([attempt.outcome, attempt.exit_code], ["released", 143]);
  });
});

Deno.test("release_claims() makes a task ready when its worker is silent until the lease has ended", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const id = await spawn(database);
    await claimOne(database);
    await bulk(database, "release_claims", [id]);
    await advanceClock(database, 119);
    assert.deepEqual(await claim(database), []);
    await advanceClock(database, 2);
    assert.equal((await claimOne(database)).id, id);
  });
});

Deno.test("unblock_tasks() lets a task go on without a parent that ended badly", async () => {
  await withDatabase(async (database) => {
    const waits = (parent: string) => ({ step: parent, "on_parent_failure": "wait" });
    const { workflow, tasks } = await spawnGraph(database, {
      bad: [],
      slow: [],
      both: [waits("bad"), waits("slow")],
      leaf: [waits("both")],
    });
    await failForGood(database, await claimOne(database, { names: ["bad"] }));
    assert.deepEqual(await bulk(database, "unblock_tasks", [tasks.both, tasks.leaf, tasks.slow]), [
      "ok blocked",
      "skipped blocked no parent of it has ended badly",
      "skipped ready it is ready",
    ]);
    await complete(database, await claimOne(database, { names: ["slow"] }));
    assert.equal(await state(database, tasks.both), "ready");
    // the parent may come back: nobody waits for it any more
    await rows(database, "retry_task", { "task_id": tasks.bad });
    await complete(database, await claimOne(database, { names: ["bad"] }));
    assert.equal(await state(database, tasks.both), "ready");
    for (const name of ["both", "leaf"]) {
      await complete(database, await claimOne(database, { names: [name] }));
    }
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status,
      "completed",
    );
  });
});

Deno.test("unblock_tasks() opens a workflow that had failed, unless a newer one holds its key", async () => {
  await withDatabase(async (database) => {
    const steps = { bad: [], next: [{ step: "bad", "on_parent_failure": "wait" }] };
    const { workflow, tasks } = await spawnGraph(database, steps, { key: "k" });
    await failForGood(database, await claimOne(database));
    const status = async () =>
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status;
    assert.equal(await status(), "failed");
    const newer = await spawnGraph(database, steps, { key: "k" });
    assert.deepEqual(await bulk(database, "unblock_tasks", [tasks.next]), [
      `skipped blocked a newer one holds the key of its workflow: workflow ${newer.workflow}`,
    ]);
    await rows(database, "cancel_workflow", { "workflow_id": newer.workflow });
    assert.deepEqual(await bulk(database, "unblock_tasks", [tasks.next]), ["ok ready"]);
    assert.equal(await status(), "running");
  });
});

Deno.test("verbs for many tasks refuse more than 10000 at once", async () => {
  await withDatabase(async (database) => {
    const ids = new Array(10_001).fill(UNKNOWN);
    for (const verb of ["cancel_tasks", "retry_tasks", "release_claims", "unblock_tasks"]) {
      await refused(database.call(verb, { "task_ids": ids }), "22023", /10000/);
    }
  });
});
