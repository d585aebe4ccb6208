import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { type Claim, claim, refused, rows, spawn, task, value } from "./queue.ts";

/** Both looks of a recovery, once nobody has beaten for as long as it takes. */
async function recover(database: Database): Promise<string[]> {
  await advanceClock(database, 121);
  await rows(database, "recover_claims");
  await advanceClock(database, 31);
  return (await rows(database, "recover_claims")).map((row) => row.task_id);
}

async function failures(database: Database, held: readonly Claim[]): Promise<number[]> {
  return await Promise.all(held.map(async ({ id }) => (await task(database, id)).failures));
}

Deno.test("claims ahead that are lost before their first beat count no failure; others do", async () => {
  await withDatabase(async (database) => {
    for (const queue of ["q", "r"]) {
      for (const priority of [1, 0]) await spawn(database, { priority }, { queue });
    }
    const held = await claim(database, 4, { queues: ["q", "r"], settings: { ahead: 2 } });
    assert.deepEqual(held.map(({ row }) => row.priority), [1, 1, 0, 0]);
    const beaten = held[3];
    await advanceClock(database, 30);
    await rows(database, "heartbeat_worker", {
      "worker_id": "w1",
      claims: [{ "task_id": beaten.id, attempt: 1 }],
    });
    assert.equal((await recover(database)).length, 4);
    assert.deepEqual(await failures(database, held), [1, 1, 0, 1]);
    const { attempts, state } = await task(database, held[2].id);
    assert.deepEqual([attempts[0].outcome, state], ["lost", "scheduled"]);
  });
});

Deno.test("a task that is lost ahead again and again counts failures from the fourth time on", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const counted: number[] = [];
    for (let time = 1; time <= 5; time++) {
      await advanceClock(database, 3600);
      const held = await claim(database, 1, { settings: { ahead: 1 } });
      await recover(database);
      counted.push(...await failures(database, held));
    }
    // a failure that counts begins the row anew
    assert.deepEqual(counted, [0, 0, 0, 1, 1]);
  });
});

Deno.test("nothing is claimed ahead where a limit applies", async () => {
  await withDatabase(async (database) => {
    await value(database, "set_limit", { "queue_name": "q", "max_claims": 5 });
    for (let number = 0; number < 6; number++) await spawn(database);
    assert.equal((await claim(database, 3, { settings: { ahead: 3 } })).length, 0);
    assert.equal((await claim(database, 4, { settings: { ahead: 2 } })).length, 2);
    await value(database, "set_limit", { "queue_name": "q", "max_claims": null });
    assert.equal((await claim(database, 4, { settings: { ahead: 2 } })).length, 4);
  });
});

Deno.test("claim_tasks() refuses more ahead than it may claim", async () => {
  await withDatabase(async (database) => {
    for (const ahead of [3, -1, 0.5, "1"]) {
      await refused(claim(database, 2, { settings: { ahead } }), "22023", /ahead must be a number from 0 to/);
    }
  });
});
