import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { setClock } from "../support/clock.ts";
import { claimOne, complete, failForGood, QUEUE, refused, rows, spawn, spawnGraph, task } from "./queue.ts";

const NOBODY = "018f4e5a-0000-7000-8000-000000000000";

Deno.test("spawn_task() makes a ready task with what was asked for", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const id = await spawn(database, { priority: 4, "max_retries": 1, "timeout_sec": 2.5 }, {
      name: "image",
      params: { size: 512 },
    });
    const found = await task(database, id);
    assert.deepEqual(
      {
        status: found.status,
        state: found.state,
        params: found.params,
        priority: found.priority,
        attempt: found.attempt,
        failures: found.failures,
        retries: found.max_retries,
        timeout: found.timeout_sec,
        at: found.created_at,
        attempts: found.attempts,
        parents: found.depends_on,
      },
      {
        status: "pending",
        state: "ready",
        params: { size: 512 },
        priority: 4,
        attempt: 0,
        failures: 0,
        retries: 1,
        timeout: 2.5,
        at: "2026-03-01T12:00:00+00:00",
        attempts: [],
        parents: [],
      },
    );
  });
});

Deno.test("spawn_task() says whether a live worker offers the task", async () => {
  await withDatabase(async (database) => {
    const offered = async (name: string) =>
      (await rows(database, "spawn_task", { "queue_name": "q", "task_name": name }))[0].offered;
    assert.equal(await offered("image"), false);
    await rows(database, "register_worker", {
      "worker_id": "w1",
      info: { "queue_names": ["q"], "task_names": ["image"] },
    });
    assert.deepEqual([await offered("image"), await offered("extract")], [true, false]);
  });
});

const BAD_OPTIONS: [Record<string, unknown>, RegExp][] = [
  [{ prio: 1 }, /Unknown option: prio/],
  [{ priority: "high" }, /priority.*"high"/],
  [{ priority: 1.5 }, /priority.*1\.5/],
  [{ priority: 3e9 }, /priority.*32 bits/],
  [{ "delay_sec": -1 }, /delay_sec.*-1/],
  [{ "delay_sec": 1e300 }, /delay_sec/],
  [{ "delay_sec": 1, "run_at": "2026-01-01T00:00:00Z" }, /together/],
  [{ "run_at": "tomorrow-ish" }, /run_at.*tomorrow-ish/],
  [{ "run_at": 5 }, /run_at.*5/],
  [{ "run_at": "-infinity" }, /run_at.*-infinity/],
  [{ "run_at": "4000-01-01 BC" }, /run_at.*BC/],
  [{ "run_at": "290000-01-01T00:00:00Z" }, /run_at.*290000/],
  [{ "depends_on": "x" }, /depends_on.*"x"/],
  [{ "depends_on": ["x"] }, /depends_on.*"x"/],
  [{ "on_parent_failure": "shrug" }, /on_parent_failure.*shrug/],
  [{ key: "" }, /key/],
  [{ key: 5 }, /key/],
  [{ "key_window_sec": -5 }, /key_window_sec.*-5/],
  [{ "max_retries": -1 }, /max_retries.*-1/],
  [{ "timeout_sec": 0 }, /timeout_sec.*0/],
  [{ "backoff_base_sec": 1e30 }, /backoff_base_sec/],
  [{ "backoff_cap_sec": "1h" }, /backoff_cap_sec.*1h/],
  [{ "dlq_enabled": "yes" }, /dlq_enabled.*yes/],
];

Deno.test("spawn_task() refuses options that it cannot follow, naming option and value", async () => {
  await withDatabase(async (database) => {
    for (const [options, message] of BAD_OPTIONS) await refused(spawn(database, options), "22023", message);
    await refused(spawn(database, {}, { name: "" }), "22023", /task_name/);
    await refused(spawn(database, {}, { queue: "a\nb" }), "22023", /queue_name/);
    await refused(spawn(database, {}, { queue: "q".repeat(129) }), "22023", /queue_name/);
    const args = { "queue_name": "q", "task_name": "t" };
    await refused(rows(database, "spawn_task", { ...args, params: [1] }), "22023", /params/);
    await refused(rows(database, "spawn_task", { ...args, options: [1] }), "22023", /options/);
    assert.deepEqual(await rows(database, "list_tasks"), []);
  });
});

Deno.test("spawn_task() refuses names that look empty, or like others", async () => {
  await withDatabase(async (database) => {
    for (
      const name of ["", " ", " image", "image ", "im\u200bage", "image\ufeff", "im\u00a0age", "im\u0007age"]
    ) {
      const args = { "queue_name": "q", "task_name": name };
      await refused(
        rows(database, "spawn_task", args),
        "22023",
        /task_name must have 1 to 128 characters, no blanks/,
      );
    }
    const workflow = {
      name: "w",
      "queue_name": "q",
      steps: [{ name: "image ", "task_name": "image" }],
    };
    await refused(
      rows(database, "spawn_workflow", { workflow }),
      "22023",
      /Steps without a usable name: image {2}\(/,
    );
    for (const name of ["image 2", "画像", "émission"]) await spawn(database, {}, { name });
  });
});

Deno.test("spawn_task() takes null for options that are not given", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { priority: null, key: null, "depends_on": null, "run_at": null });
    assert.equal((await task(database, id)).state, "ready");
  });
});

Deno.test("spawn_task() refuses params of more than a megabyte", async () => {
  await withDatabase(async (database) => {
    const params = { text: "x".repeat(1_100_000) };
    await refused(spawn(database, {}, { params }), "TQ005", /params have \d+ bytes/);
    await spawn(database, {}, { params: { text: "x".repeat(1_000_000) } });
  });
});

Deno.test("spawn_task() refuses unknown parents and, by policy, parents that ended badly", async () => {
  await withDatabase(async (database) => {
    await refused(spawn(database, { "depends_on": [NOBODY] }), "TQ001", new RegExp(NOBODY));
    const bad = await spawn(database);
    await failForGood(database, await claimOne(database));
    const child = (policy: string) => spawn(database, { "depends_on": [bad], "on_parent_failure": policy });
    const error = await refused(child("cancel"), "TQ006", /failed/);
    assert.match(error.hint ?? "", /Retry the parent/);
    assert.equal((await task(database, await child("wait"))).state, "blocked");
    assert.equal((await task(database, await child("ignore"))).state, "ready");
  });
});

Deno.test("spawn_task() makes a child of a finished parent ready at once", async () => {
  await withDatabase(async (database) => {
    const parent = await spawn(database);
    await complete(database, await claimOne(database), { made: 1 });
    await spawn(database, { "depends_on": [parent, parent] });
    assert.deepEqual((await claimOne(database)).row.inputs, { [parent]: { made: 1 } });
  });
});

Deno.test("spawn_tasks() spawns what it can and says for each item what became of it", async () => {
  await withDatabase(async (database) => {
    const item = { "queue_name": "q", "task_name": "t" };
    const answers = await rows(database, "spawn_tasks", {
      tasks: [
        item,
        { ...item, params: { list: ["fine", { deep: "a\u0000b" }] } },
        { ...item, params: { text: "x".repeat(1_100_000) } },
        { ...item, "depends_on": [NOBODY] },
        { ...item, colour: "red" },
        17,
        { ...item, params: { text: "NUL as text: \\u0000" } },
      ],
    });
    assert.deepEqual(answers.map(({ index, outcome }) => `${index} ${outcome}`), [
      "0 ok",
      "1 invalid",
      "2 too_large",
      "3 refused",
      "4 invalid",
      "5 invalid",
      "6 ok",
    ]);
    assert.match(answers[1].message, /^\$\.params\.list\[1\]\.deep holds a NUL character/);
    assert.deepEqual(
      answers.map((answer) => answer.task_id !== null),
      answers.map((a) => a.outcome === "ok"),
    );
    assert.equal((await task(database, answers[6].task_id)).params.text, "NUL as text: \\u0000");
    assert.equal((await rows(database, "list_tasks")).length, 2);
  });
});

Deno.test("spawn_tasks() names the place of half a surrogate pair and of a number out of range", async () => {
  await withDatabase(async (database) => {
    const spawnText = async (params: string) => {
      const [row] = await database.query<{ message: string }>(
        `select message from absurd.spawn_tasks($1)`,
        [`[{"queue_name":"q","task_name":"t","params":${params}}]`],
      );
      return row.message;
    };
    assert.match(await spawnText(`{"a":"\\ud83d\\ude00","b":"\\ud83d"}`), /^\$\.params\.b /);
    assert.match(await spawnText(`{"a":"\\ude00"}`), /^\$\.params\.a /);
    assert.match(await spawnText(`{"a":[1,1e999999]}`), /^\$\.params\.a\[1\] /);
    assert.match(await spawnText(`{"x\\u0000y":{"z":1}}`), /^\$\.params\.x.u0000y /);
    assert.equal(await spawnText(`{"a":"\\ud83d\\ude00 \\\\u0000"}`), null);
  });
});

Deno.test("spawn_tasks() spawns nothing for an empty array and refuses anything else", async () => {
  await withDatabase(async (database) => {
    assert.deepEqual(await rows(database, "spawn_tasks", { tasks: [] }), []);
    await refused(rows(database, "spawn_tasks", { tasks: { a: 1 } }), "22023", /array/);
  });
});

Deno.test("spawning into a queue that there is does not wait for whoever holds the table of queues", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await database.session(async (other) => {
      await other.script("begin; lock table absurd.queues in share mode"); // as an index that is built holds it
      await database.session(async (session) => {
        await session.script("set lock_timeout = '1s'");
        await spawn(session);
        await rows(session, "spawn_alike", {
          task: { "queue_name": QUEUE, "task_name": "work" },
          params: [{}, {}],
        });
        await spawnGraph(session, { a: [], b: ["a"] });
      });
      await other.script("rollback");
    });
  });
});
