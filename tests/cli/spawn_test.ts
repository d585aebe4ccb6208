import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { eventually } from "../support/process.ts";
import { withWorld } from "./world.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

Deno.test("absurd spawn prints the id and nothing else, and stores what the flags say", async () => {
  await withWorld(async ({ run, document }) => {
    const parent = (await run(["spawn", "convert_uvh5"])).stdout.trim();
    const { code, stdout, stderr } = await run([
      ...["spawn", "image", "-P", "size:=512", "--params", '{"cell": "2arcsec"}', "--priority", "7"],
      ...["--key", "observation 1", "--max-retries", "0", "--timeout", "1h", "--depends-on", parent],
      ...["--on-parent-failure", "wait"],
    ]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout.trim(), UUID);
    const task = await document(["task", "show", stdout.trim()]);
    assert.deepEqual(task.params, { cell: "2arcsec", size: 512 });
    const { priority, key, max_retries, timeout_sec, state } = task;
    assert.deepEqual(
      { priority, key, max_retries, timeout_sec, state },
      { priority: 7, key: "observation 1", max_retries: 0, timeout_sec: 3600, state: "blocked" },
    );
    assert.equal(task.depends_on[0].task_id, parent);
    assert.equal(task.depends_on[0].on_parent_failure, "wait");
  });
});

Deno.test("absurd spawn --delay and --at schedule a task", async () => {
  await withWorld(async ({ spawn, document }) => {
    const states = [];
    for (const flags of [["--delay", "2h"], ["--at", "2199-01-01T00:00Z"], ["--at", "2001-01-01T00:00Z"]]) {
      states.push((await document(["task", "show", await spawn("image", ...flags)])).state);
    }
    assert.deepEqual(states, ["scheduled", "scheduled", "ready"]);
  });
});

Deno.test("absurd spawn --key returns the task that has the key, and says so", async () => {
  await withWorld(async ({ run, spawn }) => {
    const id = await spawn("image", "--key", "k", "-P", "size:=1");
    const same = await run(["spawn", "image", "--key", "k", "-P", "size:=1"]);
    assert.equal(same.stdout.trim(), id);
    assert.equal(same.stderr, `Key k belongs to task ${id}: nothing was spawned\n`);
    const other = await run(["spawn", "image", "--key", "k", "-P", "size:=2"]);
    assert.equal(other.stdout.trim(), id);
    assert.match(
      other.stderr,
      /^warning: Key k belongs to task image \(.*\), which has other params: nothing was spawned\n$/,
    );
    const stranger = await run(["spawn", "extract", "--key", "k", "--queue", "dsa110-pipeline"]);
    assert.equal(stranger.stdout.trim(), id);
    assert.equal(
      stranger.stderr,
      `warning: Key k belongs to task image (${id}), not to one of name extract: nothing was spawned\n`,
    );
  });
});

Deno.test("absurd spawn --key-window says for how long a completed task holds its key", async () => {
  await withWorld(async ({ database, spawn, completeNext }) => {
    const args = ["image", "--key", "k", "--key-window", "1h"];
    const id = await spawn(...args);
    await completeNext({});
    await advanceClock(database, 3_500);
    assert.equal(await spawn(...args), id);
    await advanceClock(database, 200);
    assert.notEqual(await spawn(...args), id);
  });
});

Deno.test("absurd spawn warns of missing workers only when it has spawned something", async () => {
  await withWorld(async ({ run, spawn, completeNext, database }) => {
    const id = await spawn("image", "--key", "k");
    await completeNext({});
    await database.call("deregister_worker", { "worker_id": "tester" });
    const told = `Key k belongs to task ${id}: nothing was spawned\n`;
    for (const flags of [[], ["--strict"]]) {
      const { code, stdout, stderr } = await run(["spawn", "image", "--key", "k", ...flags]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${id}\n`, stderr: told });
    }
  });
});

Deno.test("absurd spawn warns of a name that no live worker offers, and --strict refuses it", async () => {
  await withWorld(async ({ run, document }) => {
    const loose = await run(["spawn", "image", "--queue", "elsewhere"]);
    assert.equal(loose.code, 0);
    assert.match(loose.stderr, /^warning: No live worker offers task image on queue elsewhere/);
    const strict = await run(["spawn", "image", "--queue", "elsewhere", "--strict"]);
    assert.deepEqual({ code: strict.code, stdout: strict.stdout }, { code: 1, stdout: "" });
    assert.match(
      strict.stderr,
      /^error: No live worker offers task image on queue elsewhere; nothing was spawned/,
    );
    assert.equal((await run(["spawn", "image", "--strict"])).code, 0);
    assert.equal((await document(["task", "list", "--queue", "elsewhere"])).length, 1);
  });
});

Deno.test("absurd spawn --json prints one document", async () => {
  await withWorld(async ({ document }) => {
    const { task_id, ...rest } = await document(["spawn", "image"]);
    assert.match(task_id, UUID);
    assert.deepEqual(rest, { created: true, params_differ: false, offered: true });
  });
});

Deno.test("absurd spawn --wait ends by the task's outcome", async () => {
  await withWorld(async ({ run, completeNext, failNext, claim, database }) => {
    const outcome = async (end: () => Promise<unknown>) => {
      const waiting = run(["spawn", "image", "--wait"]);
      await eventually(async () =>
        (await database.query("select from absurd.tasks where status = 'pending'")).length > 0
      );
      await end();
      return await waiting;
    };
    const completed = await outcome(() => completeNext({ rms: 1 }));
    assert.equal(completed.code, 0);
    assert.match(completed.stderr, /^Task image \(.*\) completed\n$/);

    const failed = await outcome(() => failNext("no such file"));
    assert.equal(failed.code, 3);
    assert.match(failed.stderr, /^error: Task image \(.*\) failed: no such file\nhint: absurd task show /);

    const cancelled = await outcome(async () => {
      const { task_id } = await claim();
      await run(["task", "cancel", task_id, "--reason", "clouds"]);
    });
    assert.equal(cancelled.code, 4);
    assert.match(cancelled.stderr, /^error: Task image \(.*\) was cancelled: clouds\n/);
  });
});

Deno.test("absurd spawn --wait-timeout ends with code 5 and leaves the task", async () => {
  await withWorld(async ({ run, document }) => {
    const { code, stdout, stderr } = await run(["spawn", "image", "--wait-timeout", "0.2"]);
    assert.equal(code, 5);
    assert.match(stderr, /^error: Waited 0\.2 s for task .*, which has not ended\n/);
    assert.equal((await document(["task", "show", stdout.trim()])).status, "pending");
  });
});

Deno.test("absurd spawn and chain --json print what they waited for also when the time is over", async () => {
  await withWorld(async ({ run }) => {
    const flags = ["--json", "--wait-timeout", "0.2"];
    const spawned = await run(["spawn", "image", ...flags]);
    assert.equal(spawned.code, 5, spawned.stderr);
    const { task_id, task } = JSON.parse(spawned.stdout);
    assert.deepEqual([task.task_id, task.status], [task_id, "pending"]);
    const chained = await run(["chain", "quick", ...flags]);
    assert.equal(chained.code, 5, chained.stderr);
    const { workflow_id, workflow } = JSON.parse(chained.stdout);
    assert.deepEqual([workflow.workflow_id, workflow.status], [workflow_id, "running"]);
  });
});

Deno.test("absurd spawn --wait ends with code 130 when interrupted, and leaves the task", async () => {
  await withWorld(async ({ run, document, database }) => {
    const interruption = new AbortController();
    const waiting = run(["spawn", "image", "--wait"], { signal: interruption.signal });
    await eventually(async () => (await database.query("select from absurd.tasks")).length > 0);
    interruption.abort("SIGINT");
    assert.equal((await waiting).code, 130);
    assert.equal((await document(["task", "list"]))[0].status, "pending");
  });
});
