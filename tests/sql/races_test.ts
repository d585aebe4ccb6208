import assert from "node:assert/strict";
import type { Database, DatabaseSession } from "../../lib/database.ts";
import { installSchema } from "../../lib/schema.ts";
import { advanceClock } from "../support/clock.ts";
import { emptyDatabase, withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  failForGood,
  pidOf,
  refused,
  type Row,
  rows,
  spawn,
  spawnGraph,
  states,
  task,
  untilBlocked,
  value,
} from "./queue.ts";

/** Two transactions whose steps a test puts in order. */
interface Race {
  /** Has begun a transaction; what it calls is seen by nobody until {@linkcode Race.commit}. */
  readonly first: DatabaseSession;
  /** Each of its calls is a transaction. */
  readonly second: DatabaseSession;
  /** Commits the first transaction. */
  commit(): Promise<void>;
  /** Waits until the second connection waits for a lock of the first. */
  blocked(): Promise<void>;
}

async function race(database: Database, run: (race: Race) => Promise<void>): Promise<void> {
  await database.session((first) =>
    database.session(async (second) => {
      const pid = await pidOf(second);
      await first.script("begin");
      await run({
        first,
        second,
        commit: () => first.script("commit"),
        blocked: () => untilBlocked(database, pid),
      });
    })
  );
}

Deno.test("two workers that claim at the same time never get the same task, nor wait", async () => {
  await withDatabase(async (database) => {
    const ids = [await spawn(database), await spawn(database), await spawn(database)];
    await race(database, async ({ first, second, commit }) => {
      const mine = await claim(first, 2, { worker: "w1" });
      const yours = await claim(second, 2, { worker: "w2" });
      await commit();
      assert.deepEqual(mine.map(({ id }) => id), ids.slice(0, 2));
      assert.deepEqual(yours.map(({ id }) => id), ids.slice(2));
    });
  });
});

Deno.test("many workers that drain a queue complete each task once", async () => {
  await withDatabase(async (database) => {
    const items = Array.from({ length: 200 }, () => ({ "queue_name": "q", "task_name": "t" }));
    await rows(database, "spawn_tasks", { tasks: items });
    const drained = await Promise.all(["w1", "w2", "w3", "w4"].map(async (worker) => {
      let count = 0;
      for (
        let held = await claim(database, 7, { worker });
        held.length > 0;
        held = await claim(database, 7, { worker })
      ) {
        for (const one of held) assert.equal(await complete(database, one), "ok");
        count += held.length;
      }
      return count;
    }));
    assert.equal(drained.reduce((sum, count) => sum + count), 200);
    const [{ attempts }] = await database.query<{ attempts: number }>(
      "select count(*)::int as attempts from absurd.attempts where attempt = 1 and outcome = 'completed'",
    );
    assert.equal(attempts, 200);
    assert.equal(database.conflicts, 0);
  });
});

Deno.test("a completion that waits for the recovery of its claim is stale", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const held = await claimOne(database);
    await advanceClock(database, 121);
    await rows(database, "recover_claims");
    await advanceClock(database, 31);
    await race(database, async ({ first, second, commit, blocked }) => {
      assert.equal((await rows(first, "recover_claims")).length, 1);
      const completing = complete(second, held, { late: true });
      await blocked();
      await commit();
      assert.equal(await completing, "stale");
    });
    assert.deepEqual([(await task(database, id)).status, (await task(database, id)).result], [
      "pending",
      null,
    ]);
  });
});

Deno.test("a recovery that waits for the completion of a claim leaves it alone", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const held = await claimOne(database);
    await advanceClock(database, 121);
    await rows(database, "recover_claims");
    await advanceClock(database, 31);
    await race(database, async ({ first, second, commit, blocked }) => {
      assert.equal(await complete(first, held, { n: 1 }), "ok");
      const recovering = rows(second, "recover_claims");
      await blocked();
      await commit();
      assert.deepEqual(await recovering, []);
    });
    assert.deepEqual([(await task(database, id)).status, (await task(database, id)).attempts.length], [
      "completed",
      1,
    ]);
  });
});

Deno.test("two last parents that complete together release their child once", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: [], child: ["a", "b"] });
    const [a, b] = await claim(database, 2);
    await race(database, async ({ first, second, commit, blocked }) => {
      assert.equal(await complete(first, a), "ok");
      const completing = complete(second, b);
      await blocked();
      await commit();
      assert.equal(await completing, "ok");
    });
    assert.deepEqual(await states(database, tasks), { a: "completed", b: "completed", child: "ready" });
    await complete(database, await claimOne(database));
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status,
      "completed",
    );
  });
});

Deno.test("two last steps that complete together complete their workflow", async () => {
  await withDatabase(async (database) => {
    const { workflow } = await spawnGraph(database, { a: [], b: [] });
    const [a, b] = await claim(database, 2);
    await race(database, async ({ first, second, commit, blocked }) => {
      assert.equal(await complete(first, a), "ok");
      const completing = complete(second, b);
      await blocked();
      await commit();
      assert.equal(await completing, "ok");
    });
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status,
      "completed",
    );
  });
});

Deno.test("of a cancellation and a completion the one that comes first counts", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await spawn(database);
    const [one, two] = await claim(database, 2);
    await race(database, async ({ first, second, commit, blocked }) => {
      await value(first, "cancel_task", { "task_id": one.id });
      const completing = complete(second, one, { n: 1 });
      await blocked();
      await commit();
      assert.equal(await completing, "cancelled");
    });
    await race(database, async ({ first, second, commit, blocked }) => {
      assert.equal(await complete(first, two, { n: 2 }), "ok");
      const cancelling = refused(value(second, "cancel_task", { "task_id": two.id }), "TQ004", /completed/);
      await blocked();
      await commit();
      await cancelling;
    });
    assert.deepEqual((await task(database, one.id)).status, "cancelled");
    assert.deepEqual((await task(database, two.id)).result, { n: 2 });
  });
});

Deno.test("a child that is spawned while its parent completes is released by whoever comes second", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    await race(database, async ({ first, second, commit, blocked }) => {
      const child = await spawn(first, { "depends_on": [held.id] });
      const completing = complete(second, held, { n: 1 });
      await blocked();
      await commit();
      assert.equal(await completing, "ok");
      assert.equal((await task(database, child)).state, "ready");
    });
    const parent = await spawn(database, { priority: 9 });
    const other = await claimOne(database);
    assert.equal(other.id, parent);
    await race(database, async ({ first, second, commit, blocked }) => {
      await complete(first, other, { n: 2 });
      const spawning = spawn(second, { "depends_on": [parent] });
      await blocked();
      await commit();
      assert.equal((await task(database, await spawning)).state, "ready");
    });
  });
});

Deno.test("a child that is spawned while its parent fails for good is refused, or cancelled with it", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await spawn(database);
    const [one, two] = await claim(database, 2);
    await race(database, async ({ first, second, commit, blocked }) => {
      const child = await spawn(first, { "depends_on": [one.id] });
      const failing = failForGood(second, one);
      await blocked();
      await commit();
      assert.equal((await failing).status, "failed");
      assert.equal((await task(database, child)).state, "cancelled");
    });
    await race(database, async ({ first, second, commit, blocked }) => {
      await failForGood(first, two);
      const spawning = refused(spawn(second, { "depends_on": [two.id] }), "TQ006", /failed/);
      await blocked();
      await commit();
      await spawning;
    });
  });
});

Deno.test("of two spawns with one key the second finds the first", async () => {
  await withDatabase(async (database) => {
    await race(database, async ({ first, second, commit, blocked }) => {
      const id = await spawn(first, { key: "k" });
      const spawning = rows(second, "spawn_task", {
        "queue_name": "q",
        "task_name": "work",
        options: { key: "k" },
      });
      await blocked();
      await commit();
      assert.deepEqual((await spawning).map((row) => [row.task_id, row.created]), [[id, false]]);
    });
  });
});

Deno.test("a spawn with the key of one that is undone spawns", async () => {
  await withDatabase(async (database) => {
    await race(database, async ({ first, second, blocked }) => {
      await spawn(first, { key: "k" });
      const spawning = rows(second, "spawn_task", {
        "queue_name": "q",
        "task_name": "work",
        options: { key: "k" },
      });
      await blocked();
      await first.script("rollback");
      assert.deepEqual((await spawning).map((row) => row.created), [true]);
    });
  });
});

Deno.test("a beat never waits for who is ending the claim", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    await race(database, async ({ first, second, commit }) => {
      await value(first, "cancel_task", { "task_id": held.id });
      const claims = [{ "task_id": held.id, attempt: held.attempt }];
      assert.deepEqual(await rows(second, "heartbeat_worker", { "worker_id": "w1", claims }), []);
      await commit();
      const [told] = await rows(second, "heartbeat_worker", { "worker_id": "w1", claims });
      assert.equal(told.verdict, "cancelled");
    });
  });
});

Deno.test("a retry and a cancellation of the same graph follow each other", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"], c: ["b"] });
    await failForGood(database, await claimOne(database));
    await race(database, async ({ first, second, commit, blocked }) => {
      await value(first, "retry_task", { "task_id": tasks.a });
      const cancelling = value<number>(second, "cancel_workflow", { "workflow_id": workflow });
      await blocked();
      await commit();
      assert.equal(await cancelling, 3);
    });
    assert.deepEqual(await states(database, tasks), { a: "cancelled", b: "cancelled", c: "cancelled" });
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status,
      "cancelled",
    );
  });
});

Deno.test("verbs refuse transactions that cannot see what they waited for", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    await database.session(async (session) => {
      await session.script("begin isolation level repeatable read");
      await refused(complete(session, held), "25001", /repeatable read/);
      await session.script("rollback");
    });
  });
});

Deno.test("two installations at the same time make one schema", async () => {
  await using own = await emptyDatabase();
  const results = await Promise.all([1, 2, 3].map(() => installSchema(own.database, { with: ["sky"] })));
  assert.deepEqual(results.map(({ created }) => created).toSorted(), [false, false, true]);
  assert.equal((await own.database.query("select from absurd.migrations")).length, results[0].version);
});
