import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { claim, claimOne, complete, fail, refused, rows, spawn, task } from "./queue.ts";

Deno.test("claim_tasks() takes higher priority first, then age", async () => {
  await withDatabase(async (database) => {
    const late = await spawn(database);
    const low = await spawn(database, { priority: -1 });
    const high = await spawn(database, { priority: 7 });
    const later = await spawn(database);
    assert.deepEqual((await claim(database, 10)).map(({ id }) => id), [high, late, later, low]);
  });
});

Deno.test("claim_tasks() keeps the order of a batch that was spawned in one call", async () => {
  await withDatabase(async (database) => {
    const items = Array.from({ length: 300 }, (_, number) => ({
      "queue_name": "q",
      "task_name": "work",
      params: { number },
    }));
    await rows(database, "spawn_tasks", { tasks: items });
    const numbers = (await claim(database, 300)).map(({ row }) => row.params.number);
    assert.deepEqual(numbers, items.map(({ params }) => params.number));
  });
});

Deno.test("claim_tasks() raises the attempt, and hands out a task once", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, {}, { params: { a: 1 } });
    const held = await claimOne(database);
    assert.deepEqual([held.id, held.attempt, held.row.params, held.row.inputs], [id, 1, { a: 1 }, {}]);
    assert.deepEqual(await claim(database), []);
    await fail(database, held, {});
    await advanceClock(database, 3600);
    assert.equal((await claimOne(database)).attempt, 2);
  });
});

Deno.test("claim_tasks() counts priority and age across queues, and takes no more than its limit", async () => {
  await withDatabase(async (database) => {
    const first = await spawn(database, {}, { queue: "a" });
    const second = await spawn(database, {}, { queue: "b" });
    const urgent = await spawn(database, { priority: 1 }, { queue: "b" });
    const last = await spawn(database, {}, { queue: "a" });
    const queues = ["a", "b", "unused"];
    assert.deepEqual((await claim(database, 2, { queues })).map(({ id }) => id), [urgent, first]);
    assert.deepEqual((await claim(database, 9, { queues })).map(({ id }) => id), [second, last]);
  });
});

Deno.test("claim_tasks() takes only named tasks when names are given", async () => {
  await withDatabase(async (database) => {
    await spawn(database, { priority: 9 }, { name: "other" });
    const id = await spawn(database, {}, { name: "mine" });
    assert.deepEqual((await claim(database, 5, { names: ["mine", "neither"] })).map((held) => held.id), [id]);
  });
});

Deno.test("claim_tasks() leaves a task alone before its time", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "delay_sec": 60 });
    assert.equal((await task(database, id)).state, "scheduled");
    await advanceClock(database, 59);
    assert.deepEqual(await claim(database), []);
    await advanceClock(database, 2);
    assert.equal((await claimOne(database)).id, id);
  });
});

Deno.test("claim_tasks() holds tasks of a paused queue back until it is resumed", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await rows(database, "pause_queue", { "queue_name": "q" });
    assert.deepEqual(await claim(database), []);
    assert.equal((await task(database, id)).state, "held");
    await rows(database, "resume_queue", { "queue_name": "q" });
    assert.equal((await claimOne(database)).id, id);
  });
});

Deno.test("claim_tasks() writes the effective settings: task over stage over worker over default", async () => {
  await withDatabase(async (database) => {
    await spawn(database, { "timeout_sec": 1.5 }, { name: "staged" });
    await spawn(database, {}, { name: "plain" });
    const settings = {
      "lease_sec": 3,
      "heartbeat_sec": 1,
      defaults: { "max_retries": 9, "timeout_sec": 30 },
      stages: { staged: { "timeout_sec": 20, "max_retries": 2, "backoff_cap_sec": 4 } },
    };
    const [staged, plain] = await claim(database, 2, { settings });
    assert.deepEqual([staged.row.timeout_sec, staged.row.max_retries], [1.5, 2]);
    assert.deepEqual([plain.row.timeout_sec, plain.row.max_retries], [30, 9]);
    const kept = await database.query(
      "select task_name, lease_sec, heartbeat_sec, backoff_base_sec, backoff_cap_sec from absurd.tasks order by 1 desc",
    );
    assert.deepEqual(kept, [
      {
        "task_name": "staged",
        "lease_sec": 3,
        "heartbeat_sec": 1,
        "backoff_base_sec": 5,
        "backoff_cap_sec": 4,
      },
      {
        "task_name": "plain",
        "lease_sec": 3,
        "heartbeat_sec": 1,
        "backoff_base_sec": 5,
        "backoff_cap_sec": 900,
      },
    ]);
  });
});

Deno.test("claim_tasks() works out the settings anew at each claim", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const first = await claimOne(database, {
      settings: { stages: { work: { "timeout_sec": 1, "on_complete": "s" } } },
    });
    await fail(database, first);
    await advanceClock(database, 3600);
    const second = await claimOne(database, { settings: { defaults: { "timeout_sec": 2 } } });
    assert.deepEqual([first.row.timeout_sec, second.row.timeout_sec], [1, 2]);
    assert.equal(await complete(database, second, {}), "ok", "no sink is named any longer");
  });
});

Deno.test("claim_tasks() refuses arguments that make no sense", async () => {
  await withDatabase(async (database) => {
    await refused(claim(database, 0), "22023", /limit/);
    await refused(claim(database, 1, { worker: "" }), "22023", /worker_id/);
    await refused(
      rows(database, "claim_tasks", { "worker_id": "w", "queue_names": "{}", limit: 1 }),
      "22023",
      /empty/,
    );
    await refused(claim(database, 1, { settings: { lease: 5 } }), "22023", /unknown key: lease/);
    const stages = { work: { "timeout_sec": -1 } };
    await refused(claim(database, 1, { settings: { stages } }), "22023", /stage work.*timeout_sec.*-1/);
  });
});

Deno.test("claim_task() claims one task, or none", async () => {
  await withDatabase(async (database) => {
    const args = { "worker_id": "w1", "queue_name": "q" };
    assert.deepEqual(await rows(database, "claim_task", args), []);
    const id = await spawn(database);
    const [held] = await rows(database, "claim_task", args);
    assert.deepEqual([held.task_id, held.attempt, held.step_name], [id, 1, null]);
  });
});

Deno.test("claim_tasks() touches as much with ten thousand tasks that cannot be claimed as with none", async () => {
  await withDatabase(async (database) => {
    const many = (option: string) =>
      `select from absurd.spawn_tasks((select json_agg(json_build_object('queue_name', 'q', 'task_name', 'work',
        'priority', 5, ${option})) from generate_series(1, 2500)))`;
    const buffers = async () => {
      await database.query("vacuum analyze absurd.tasks");
      await spawn(database);
      const [{ "QUERY PLAN": [plan] }] = await database.query<{ "QUERY PLAN": Record<string, number>[] }>(
        "explain (analyze, buffers, format json) select absurd.claim_tasks('w', array['q'], 1)",
      );
      const top = plan.Plan as unknown as Record<string, number>;
      return top["Shared Hit Blocks"] + top["Shared Read Blocks"];
    };
    await buffers(); // the first one also reads the catalog
    const before = await buffers();
    await database.query(many("'delay_sec', 3600"));
    const parent = await spawn(database, { "delay_sec": 3600 });
    await database.query(many(`'depends_on', json_build_array('${parent}')`));
    await database.query(many("'delay_sec', 0"));
    await database.query(
      "select from absurd.complete_tasks((select json_agg(json_build_object('task_id', c.task_id, " +
        "'attempt', c.attempt)) from absurd.claim_tasks('w', array['q'], 2500) as c))",
    );
    await buffers();
    // Dead rows stay while any transaction of the server is open, such as another test's: then a later look counts.
    const limit = before * 1.5 + 10;
    let after = Infinity;
    await eventually(async () => (after = await buffers()) <= limit, { intervalMs: 250 }).catch(() => {
      assert.fail(`${before} buffers before, ${after} after`);
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
      `select count(*)::int as attempts from absurd.tasks as t cross join lateral absurd._attempts_of(t.task_id) as a
        where a.attempt = 1 and a.outcome = 'completed'`,
    );
    assert.equal(attempts, 200);
    assert.equal(database.conflicts, 0);
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

Deno.test("a claim reads no index of the small tables that it asks for what is special", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await database.session(async (session) => {
      await session.script("begin");
      assert.equal((await claim(session, 2)).length, 1);
      const read = await session.query<{ relname: string; looks: number }>(
        `select relname, idx_scan::int as looks from pg_stat_xact_user_tables
        where schemaname = 'absurd' and relname in ('limits', 'claim_hints', 'reservations', 'freeing')
        order by relname`,
      );
      await session.script("commit");
      const none = ["claim_hints", "freeing", "limits", "reservations"].map((relname) => ({
        relname,
        looks: 0,
      }));
      assert.deepEqual(read, none);
    });
  });
});
