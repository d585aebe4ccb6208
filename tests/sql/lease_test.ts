import assert from "node:assert/strict";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  type Claim,
  claim,
  claimOne,
  complete,
  fail,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  states,
  task,
  value,
} from "./queue.ts";

const NOBODY = "018f4e5a-0000-7000-8000-000000000000";

function beat(session: Session, claims: Claim[], worker = "w1"): Promise<Row[]> {
  return rows(session, "heartbeat_worker", {
    "worker_id": worker,
    claims: claims.map(({ id, attempt }) => ({ "task_id": id, attempt })),
  });
}

async function recover(session: Session): Promise<string[]> {
  return (await rows(session, "recover_claims")).map((row) => row.task_id);
}

Deno.test("heartbeat_worker() refreshes the worker and all its claims, and tells nothing when all is well", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    await rows(database, "register_worker", { "worker_id": "w1", info: { "queue_names": ["q"] } });
    await spawn(database);
    await spawn(database);
    const held = await claim(database, 2);
    await advanceClock(database, 30);
    assert.deepEqual(await beat(database, held), []);
    for (const { id } of held) {
      assert.equal((await task(database, id)).heartbeat_at, "2026-03-01T12:00:30+00:00");
    }
    const [{ "list_workers": worker }] = await rows(database, "list_workers");
    assert.equal(worker.heartbeat_at, "2026-03-01T12:00:30+00:00");
  });
});

Deno.test("heartbeat_worker() names claims that are lost, cancelled or past their time limit", async () => {
  await withDatabase(async (database) => {
    const settings = { stages: { short: { "timeout_sec": 10 } } };
    for (const name of ["fine", "short", "cancelled", "ended", "stale"]) await spawn(database, {}, { name });
    const held: Record<string, Claim> = Object.fromEntries(
      (await claim(database, 5, { settings })).map((c) => [c.row.task_name, c]),
    );
    await value(database, "cancel_task", { "task_id": held.cancelled.id });
    await complete(database, held.ended);
    await fail(database, held.stale);
    await advanceClock(database, 11);
    const unknown = { id: NOBODY, attempt: 1, row: {} };
    const answers = await beat(database, [...Object.values(held), unknown]);
    assert.deepEqual(Object.fromEntries(answers.map((row) => [row.task_id, row.verdict])), {
      [held.short.id]: "expired",
      [held.cancelled.id]: "cancelled",
      [held.ended.id]: "lost",
      [held.stale.id]: "lost",
      [NOBODY]: "lost",
    });
  });
});

Deno.test("heartbeat_worker() does not mind a claim that cannot be read, and tells that it is lost", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const { id, attempt } = await spawn(database).then(() => claimOne(database));
    await advanceClock(database, 30);
    const claim = { "task_id": id, attempt };
    const answers = await rows(database, "heartbeat_worker", {
      "worker_id": "w1",
      claims: [{ ...claim, "task_id": "x" }, { ...claim, attempt: 1e12 }, 7, claim],
    });
    assert.deepEqual(answers, [
      { "task_id": null, attempt, verdict: "lost" },
      { "task_id": id, attempt: null, verdict: "lost" },
      { "task_id": null, attempt: null, verdict: "lost" },
    ]);
    assert.equal((await task(database, id)).heartbeat_at, "2026-03-01T12:00:30+00:00");
  });
});

Deno.test("heartbeat_task() raises for a claim that is not live", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await claimOne(database);
    await rows(database, "heartbeat_task", { "task_id": id, attempt: 1 });
    await refused(
      rows(database, "heartbeat_task", { "task_id": id, attempt: 2 }),
      "TQ002",
      /claimed at attempt 1/,
    );
    await refused(rows(database, "heartbeat_task", { "task_id": NOBODY, attempt: 1 }), "TQ001");
  });
});

Deno.test("recover_claims() takes two looks, a heartbeat apart, before a claim is lost", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await claimOne(database, { settings: { "lease_sec": 120, "heartbeat_sec": 30 } });
    await advanceClock(database, 119);
    assert.deepEqual(await recover(database), []);
    await advanceClock(database, 2);
    assert.deepEqual(await recover(database), [], "the first look only notes it");
    await advanceClock(database, 29);
    assert.deepEqual(await recover(database), [], "too soon after the first look");
    await advanceClock(database, 2);
    const [lost] = await rows(database, "recover_claims");
    assert.deepEqual(lost, { "task_id": id, attempt: 1, "worker_id": "w1", status: "pending" });
    const found = await task(database, id);
    assert.deepEqual([found.failures, found.error_reason, found.attempts[0].outcome], [1, "lost", "lost"]);
    assert.match(found.error, /Worker w1 has not been heard of for 152 s/);
  });
});

Deno.test("recover_claims() forgets its suspicion when a beat comes in between", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    await advanceClock(database, 600); // as after a restart of the database: everything looks stale
    assert.deepEqual(await recover(database), []);
    assert.deepEqual(await beat(database, [held]), []);
    await advanceClock(database, 100);
    assert.deepEqual(await recover(database), []);
    await advanceClock(database, 60);
    assert.deepEqual(await recover(database), [], "the first look again");
    assert.equal(await complete(database, held), "ok");
  });
});

Deno.test("recover_claims() ends a task whose workers keep dying, as any failure does", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { a: [], b: ["a"] }, {});
    for (let attempt = 1; attempt <= 4; attempt++) {
      await claimOne(database, { worker: `w${attempt}` });
      await advanceClock(database, 121);
      await recover(database);
      await advanceClock(database, 31);
      assert.deepEqual(await recover(database), [tasks.a]);
      await advanceClock(database, 3600);
    }
    assert.deepEqual(await states(database, tasks), { a: "failed", b: "cancelled" });
    assert.equal((await rows(database, "list_dead_letters"))[0].list_dead_letters.error_reason, "lost");
  });
});

Deno.test("a lost claim is stale for good, whatever its worker still tells", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "backoff_base_sec": 0 });
    const first = await claimOne(database);
    await advanceClock(database, 121);
    await recover(database);
    await advanceClock(database, 31);
    await recover(database);
    const second = await claimOne(database, { worker: "w2" });
    assert.equal(await complete(database, first, { by: "w1" }), "stale");
    assert.equal((await fail(database, first)).outcome, "stale");
    assert.equal((await beat(database, [first]))[0].verdict, "lost");
    assert.equal(await complete(database, second, { by: "w2" }), "ok");
    assert.deepEqual((await task(database, id)).result, { by: "w2" });
  });
});

Deno.test("recover_claims() keeps to its limit, and finds the rest later", async () => {
  await withDatabase(async (database) => {
    for (let count = 0; count < 5; count++) await spawn(database);
    await claim(database, 5);
    await advanceClock(database, 121);
    await recover(database);
    await advanceClock(database, 31);
    const lost = [];
    for (let count = 0; count < 3; count++) {
      const found = await rows(database, "recover_claims", { limit: 2 });
      assert.ok(found.length <= 2);
      lost.push(...found);
    }
    assert.equal(lost.length, 5);
    await refused(rows(database, "recover_claims", { limit: 0 }), "22023", /limit/);
  });
});

Deno.test("recover_claims() looks only when no such look was begun within every_sec", async () => {
  await withDatabase(async (database) => {
    const look = async (session: Session) =>
      (await rows(session, "recover_claims", { "every_sec": 10 })).map((row) => row.task_id);
    await setClock(database, "2026-03-01T12:00:00Z");
    const id = await spawn(database);
    await claimOne(database, { settings: { "lease_sec": 120, "heartbeat_sec": 30 } });
    await look(database);
    await advanceClock(database, 125);
    await look(database); // suspects it
    await advanceClock(database, 31);
    await database.session(async (busy) => {
      await busy.script("begin");
      await busy.query("select absurd._take_chore('recover_claims', '10 s', absurd.clock())");
      assert.deepEqual(await look(database), [], "somebody is at it");
      await busy.script("commit");
    });
    await advanceClock(database, 9.9);
    assert.deepEqual(await look(database), [], "somebody looked 9.9 s ago");
    await advanceClock(database, 0.2);
    assert.deepEqual(await look(database), [id]);
    await setClock(database, "2026-03-01T11:00:00Z");
    const next = await spawn(database);
    await claimOne(database);
    await setClock(database, "2026-03-01T11:50:00Z"); // before what it says of the last look
    await look(database);
    await advanceClock(database, 60);
    assert.deepEqual(await look(database), [next], "a clock that is set back keeps nobody from looking");
    await refused(rows(database, "recover_claims", { "every_sec": -1 }), "22023", /every_sec/);
  });
});

Deno.test("one poisoned row stops nobody from recovering the others", async () => {
  await withDatabase(async (database) => {
    for (let count = 0; count < 2; count++) await spawn(database, { "max_retries": 1_000_000 });
    const [poisoned] = await claim(database, 2);
    await database.query(
      "update absurd.tasks set failures = 999999, backoff_base_sec = 3e8, backoff_cap_sec = 3e8 where task_id = $1",
      [poisoned.id],
    );
    await advanceClock(database, 121);
    await recover(database);
    await advanceClock(database, 31);
    assert.equal((await recover(database)).length, 2);
  });
});

Deno.test("report_progress() keeps how far a claim is, and counts as a beat", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const id = await spawn(database);
    await claimOne(database);
    await advanceClock(database, 30);
    const item = { "task_id": id, attempt: 1, fraction: 0.4, message: "gridding" };
    assert.deepEqual(await rows(database, "report_progress", { items: [item] }), []);
    const found = await task(database, id);
    assert.deepEqual(found.progress, { fraction: 0.4, message: "gridding", at: "2026-03-01T12:00:30+00:00" });
    assert.equal(found.heartbeat_at, "2026-03-01T12:00:30+00:00");
    await rows(database, "report_progress", { items: [{ ...item, fraction: 7, message: "a\u0000b" }] });
    assert.deepEqual((await task(database, id)).progress.fraction, 1);
  });
});

Deno.test("report_progress() names claims that are not live, and changes nothing for them", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await spawn(database);
    const [cancelled, stale] = await claim(database, 2);
    await value(database, "cancel_task", { "task_id": cancelled.id });
    const answers = await rows(database, "report_progress", {
      items: [
        { "task_id": cancelled.id, attempt: 1, fraction: 0.5 },
        { "task_id": stale.id, attempt: 9, fraction: 0.5 },
      ],
    });
    assert.deepEqual(answers.map((row) => row.verdict), ["cancelled", "lost"]);
    assert.equal((await task(database, stale.id)).progress, null);
  });
});

Deno.test("report_progress() does not mind an item that cannot be read, and tells that it is lost", async () => {
  await withDatabase(async (database) => {
    const { id, attempt } = await spawn(database).then(() => claimOne(database));
    const item = { "task_id": id, attempt, fraction: 0.5 };
    const answers = await rows(database, "report_progress", {
      items: [{ ...item, "task_id": "x" }, { ...item, attempt: 1e12 }, "x", item],
    });
    assert.deepEqual(answers, [
      { "task_id": null, attempt, verdict: "lost" },
      { "task_id": id, attempt: null, verdict: "lost" },
      { "task_id": null, attempt: null, verdict: "lost" },
    ]);
    assert.equal((await task(database, id)).progress.fraction, 0.5);
  });
});

for (const [fraction, kept] of [["1e-400", 0], ["1e400", 1], ['"half"', 0]] as const) {
  Deno.test(`report_progress() keeps the fraction ${fraction} as ${kept}`, async () => {
    await withDatabase(async (database) => {
      const { id, attempt } = await spawn(database).then(() => claimOne(database));
      const items = `[{"task_id": "${id}", "attempt": ${attempt}, "fraction": ${fraction}}]`;
      assert.deepEqual(await database.call("report_progress", { items }), []);
      assert.equal((await task(database, id)).progress.fraction, kept);
    });
  });
}
