import assert from "node:assert/strict";
import { type Database, type DatabaseSession, json } from "../../lib/database.ts";
import { advanceClock, readClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/process.ts";
import { race } from "../proofs/races/race.ts";
import { claim, claimOne, entriesRead, QUEUE, rows, spawn, value } from "./queue.ts";
import { completeReserved, reserve } from "./reservations.ts";

/** So many dead entries are worth a hint, for a claim of one. */
const MANY = 1_200;

/** Claims and forgets about so many tasks. */
async function churn(session: Database | DatabaseSession, priority = 0): Promise<void> {
  const alike = json({ "queue_name": QUEUE, "task_name": "work", priority });
  await session.call("spawn_alike", { task: alike, params: json(Array(MANY).fill({})) });
  assert.equal((await claim(session, MANY)).length, MANY);
}

/** Runs `test` with time standing still, beside a snapshot older than all; `letGo` ends that. */
async function besideSnapshot(
  test: (database: Database, letGo: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await withDatabase(async (database) => {
    await setClock(database, await readClock(database));
    await database.session(async (other) => {
      await other.script("begin isolation level repeatable read; select count(*) from absurd.queues");
      await test(database, () => other.script("commit"));
      await other.script("commit");
    });
  });
}

/** A hint, and the tasks that were spawned before and after what it was left behind. */
async function withHint(database: Database): Promise<{ old: string; next: string[] }> {
  await spawn(database);
  const { id: old } = await claimOne(database);
  await churn(database);
  await spawn(database);
  const next = [await spawn(database), await spawn(database)];
  await claimOne(database);
  assert.equal(await hints(database), 1);
  return { old, next };
}

async function hints(database: Database): Promise<number> {
  const [{ count }] = await database.query<{ count: number }>(
    "select count(*)::int as count from absurd.claim_hints",
  );
  return count;
}

/** How many entries of the indexes of ready tasks a claim of one reads. */
async function readyRead(database: Database, names?: string[]): Promise<number> {
  return await entriesRead(
    database,
    ["tasks_ready", "tasks_ready_by_name"],
    (session) => claimOne(session, { names }),
  );
}

/** Reads the first ready task as a claim would that knows no hint. */
async function lookFromStart(session: DatabaseSession): Promise<void> {
  await session.script(
    "set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off",
  );
  await session.query(
    `select task_id, params from absurd.tasks where queue_name = any (array[$1::text]) and state = 'ready'
     order by queue_name, priority desc, task_id limit 1`,
    [QUEUE],
  );
}

/** Makes a claimed task ready again. */
async function release(session: Database | DatabaseSession, id: string): Promise<void> {
  await rows(session, "release_tasks", { outcomes: [{ "task_id": id, attempt: 1 }] });
}

for (const names of [undefined, ["work"]]) {
  Deno.test(`one claim a second reads dead entries, others begin behind them: ${names ?? "any name"}`, async () => {
    await besideSnapshot(async (database, letGo) => {
      await churn(database);
      for (let number = 0; number < 6; number++) await spawn(database);
      assert.equal(await readyRead(database, names), MANY + 1);
      assert.equal(await readyRead(database, names), 1);
      await advanceClock(database, 0.9);
      assert.equal(await readyRead(database, names), 2); // a hint moves on when that is worth it
      await advanceClock(database, 0.1);
      assert.equal(await readyRead(database, names), MANY + 4);
      assert.equal(await readyRead(database, names), 1);

      await letGo();
      await database.query("vacuum absurd.tasks");
      await advanceClock(database, 1);
      assert.equal(await readyRead(database, names), 1);
      assert.equal(await hints(database), 0);
    });
  });
}

for (const names of [undefined, ["work"]]) {
  Deno.test(`a claim behind a hint looks tasks up by key only to change them, whatever statistics say: ${names ?? "any name"}`, async () => {
    await besideSnapshot(async (database) => {
      await spawn(database);
      await churn(database);
      await spawn(database);
      await claimOne(database, { names });
      assert.equal(await hints(database), 1);
      const alike = json({ "queue_name": QUEUE, "task_name": "work" });
      await database.call("spawn_alike", { task: alike, params: json(Array(5_000).fill({})) });
      await database.query("analyze absurd.tasks");
      const read = await entriesRead(database, ["tasks_pkey"], async (session) => {
        assert.equal((await claim(session, 2_000, { names })).length, 2_000);
      });
      assert.equal(read, 2_000);
    });
  });
}

Deno.test("what became ready late, before the hint, is claimed after a second at the latest", async () => {
  await besideSnapshot(async (database) => {
    const { old, next } = await withHint(database);
    await release(database, old);
    assert.equal((await claimOne(database)).id, next[0]);
    await advanceClock(database, 1);
    assert.equal((await claimOne(database)).id, old);
    assert.equal((await claimOne(database)).id, next[1]);
  });
});

Deno.test("a claim that would come back with nothing, or soon with too little, looks before the hint", async () => {
  await besideSnapshot(async (database) => {
    const { old, next } = await withHint(database);
    await release(database, old);
    assert.deepEqual((await claim(database, 3)).map(({ id }) => id), next);
    assert.deepEqual((await claim(database, 3)).map(({ id }) => id), [old]);
  });
  await besideSnapshot(async (database) => {
    const { old, next } = await withHint(database);
    await release(database, old);
    await advanceClock(database, 0.1);
    assert.deepEqual((await claim(database, 4)).map(({ id }) => id), [old, ...next]);
  });
});

Deno.test("priorities hold while a hint is in force, and so does age behind it", async () => {
  await besideSnapshot(async (database) => {
    for (const priority of [5, 0]) {
      await churn(database, priority);
      await spawn(database, { priority });
      await claimOne(database);
    }
    const lowest = -2147483648;
    const spawned = [0, lowest, 5, -1, 7, 0, 5, 3, lowest, 2147483647];
    const ids: { id: string; priority: number }[] = [];
    for (const priority of spawned) ids.push({ id: await spawn(database, { priority }), priority });
    const expected = ids.toSorted((a, b) => b.priority - a.priority).map(({ id }) => id); // a stable sort
    const claimed: string[] = [];
    for (let left = ids.length; left > 0; left -= 2) {
      claimed.push(...(await claim(database, 2)).map(({ id }) => id));
      assert.equal(await hints(database), 1);
    }
    assert.deepEqual(claimed, expected);
    assert.equal((await claim(database)).length, 0);
  });
});

Deno.test("a hint lets nothing out of a paused queue, and no share of nothing removes it", async () => {
  await besideSnapshot(async (database) => {
    const { next } = await withHint(database);
    await value(database, "pause_queue", { "queue_name": QUEUE });
    assert.equal((await claim(database)).length, 0);
    await value(database, "resume_queue", { "queue_name": QUEUE });
    await value(database, "set_limit", { "queue_name": QUEUE, "max_claims": 0 });
    assert.equal((await claim(database)).length, 0);
    assert.equal(await hints(database), 1);
    await value(database, "set_limit", { "queue_name": QUEUE, "max_claims": null });
    assert.equal((await claimOne(database)).id, next[0]);
  });
});

Deno.test("claims that leave, move or renew a hint at the same time wait for nobody", async () => {
  await besideSnapshot(async (database) => {
    await churn(database);
    const ids: string[] = [];
    for (let number = 0; number < 6; number++) ids.push(await spawn(database));
    await race(database, async ({ first, second, commit }) => {
      assert.equal((await claimOne(first)).id, ids[0]);
      assert.equal((await claimOne(second)).id, ids[1]);
      await commit();
    });
    assert.equal(await hints(database), 1);
    await advanceClock(database, 1);
    await race(database, async ({ first, second, commit }) => {
      assert.equal((await claimOne(first)).id, ids[2]);
      assert.equal((await claimOne(second)).id, ids[3]);
      await commit();
    });
  });
});

for (const age of [1, 3600]) {
  Deno.test(`while one claim looks before a hint of ${age} s others go by it, but not for longer than a second`, async () => {
    await besideSnapshot(async (database) => {
      const { old, next } = await withHint(database);
      const last = await spawn(database);
      await advanceClock(database, age);
      await race(database, async ({ first, second, commit }) => {
        assert.equal((await claimOne(first)).id, next[0]);
        await release(database, old);
        assert.equal((await claimOne(second)).id, next[1]);
        await advanceClock(database, 1);
        assert.equal((await claimOne(database)).id, old);
        await commit();
      });
      assert.equal((await claimOne(database)).id, last);
    });
  });
}

Deno.test("a hint is left also where all that lies before is marked as dead, and only pages are walked over", async () => {
  await withDatabase(async (database) => {
    await setClock(database, await readClock(database));
    await database.script("alter table absurd.tasks set (autovacuum_enabled = false)");
    const alike = json({ "queue_name": QUEUE, "task_name": "work" });
    for (let times = 0; times < 5; times++) {
      await database.call("spawn_alike", { task: alike, params: json(Array(10_000).fill({})) });
      assert.equal((await claim(database, 10_000)).length, 10_000);
    }
    await spawn(database);
    const next = [await spawn(database), await spawn(database)];
    await claimOne(database);
    // Looking marks them, once nobody needs them: an analyze may be under way, for whom they live.
    await eventually(async () => await entriesRead(database, ["tasks_ready"], lookFromStart) < 100);
    await database.query("delete from absurd.claim_hints");
    assert.equal((await claimOne(database)).id, next[0]);
    assert.equal(await hints(database), 1);
    assert.equal((await claimOne(database)).id, next[1]);
  });
});

Deno.test("who reserves begins behind what an old snapshot keeps, though nothing is reserved any more, and looks before it", async () => {
  await besideSnapshot(async (database) => {
    const alone = async () => {
      const ids = [await spawn(database), await spawn(database)];
      let tasks: string[] = [];
      const read = await entriesRead(database, ["tasks_ready"], async (session) => {
        const reserved = await reserve(session, 2);
        tasks = reserved.tasks;
        await completeReserved(session, reserved.id, tasks.map((one) => [one, null]));
      });
      return { read, isNext: tasks.join() === ids.join() };
    };
    await churn(database);
    await database.query("delete from absurd.claim_hints"); // of claims
    const first = await alone();
    const next = await alone();
    await churn(database);
    await alone(); // walks over those, and moves the hint on
    const last = await alone();
    assert.deepEqual([first, next, last].map(({ isNext }) => isNext), [true, true, true]);
    assert.ok(first.read > MANY, `the first read ${first.read}`);
    assert.ok(next.read < 100 && last.read < 100, `those behind the hint read ${next.read} and ${last.read}`);
    await advanceClock(database, 1);
    assert.ok((await alone()).read > MANY, "after a second one looks from the start");
  });
});
