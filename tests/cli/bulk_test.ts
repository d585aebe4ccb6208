import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd task cancel and retry by id say what they did", async () => {
  await withWorld(async ({ run, spawn, document, failNext, completeNext }) => {
    const failed = await spawn("image");
    await failNext("broken");
    const retried = await run(["task", "retry", failed]);
    assert.deepEqual(retried, { code: 0, stdout: "", stderr: "Retried 1 task\n" });
    const cancelled = await document(["task", "cancel", failed, "--reason", "clouds"]);
    assert.deepEqual(cancelled, [{ task_id: failed, outcome: "ok", state: "cancelled", message: null }]);
    assert.equal((await document(["task", "show", failed])).cancel_reason, "clouds");
    const again = await run(["task", "cancel", failed]);
    assert.deepEqual(again, {
      code: 0,
      stdout: "",
      stderr: "Cancelled 0 tasks\nLeft 1 task: it is cancelled\n",
    });

    const done = await spawn("image");
    await completeNext({});
    const late = await run(["task", "cancel", done]);
    assert.equal(late.code, 1);
    assert.match(late.stderr, /^error: Could not cancel task .*: it is completed\nhint: /);
  });
});

Deno.test("absurd task cancel by filter previews, asks, and does exactly what it counted", async () => {
  await withWorld(async ({ run, spawn, document, claim }) => {
    const running = await spawn("image");
    await claim();
    const waiting = [await spawn("image"), await spawn("image", "--delay", "1h")];
    await spawn("extract");
    const filter = ["task", "cancel", "--name", "image"];

    const preview = await run([...filter, "--dry-run"]);
    assert.equal(preview.code, 0, preview.stderr);
    assert.equal(preview.stderr, "Would cancel 3 tasks:\n");
    assert.equal(preview.stdout.trimEnd().split("\n").length, 4);
    assert.equal((await document([...filter, "--status", "pending", "--dry-run"])).count, 2);

    const nobody = await run(filter);
    assert.equal(nobody.code, 2);
    assert.match(
      nobody.stderr,
      /^error: This asks before .* there is no terminal to ask on\nhint: Add --yes/,
    );
    const no = await run(filter, { terminal: true, answer: "no" });
    assert.equal(no.code, 1);
    const yes = await run([...filter, "--status", "pending"], { terminal: true, answer: "y" });
    assert.equal(yes.code, 0, yes.stderr);
    assert.match(yes.stderr, /Cancelled 2 tasks\n$/);
    const results = await document([...filter, "--yes"]);
    assert.deepEqual(results.map((row: { task_id: string }) => row.task_id), [running]);
    const cancelled = await document(["task", "list", "--status", "cancelled"]);
    assert.equal(cancelled.length, waiting.length + 1);
    assert.deepEqual(await run([...filter, "--yes"]), { code: 0, stdout: "", stderr: "Cancelled 0 tasks\n" });
  });
});

Deno.test("absurd takes --limit as the oldest of what a filter names", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const ids = [await spawn("image"), await spawn("image"), await spawn("image")];
    for (const _ of ids) await failNext("broken");
    const flags = ["--name", "image", "--limit", "1"];
    const worked = async (...verb: string[]) =>
      (await document([...verb, ...flags, "--yes"])).map((row: { task_id: string }) => row.task_id);
    assert.equal((await document(["task", "retry", ...flags, "--dry-run"])).count, 1);
    assert.deepEqual(await worked("task", "retry"), [ids[0]]);
    assert.deepEqual(await worked("dlq", "replay"), [ids[1]]);
    const all = await document(["dlq", "purge", "--all", "--limit", "5", "--yes"]);
    assert.deepEqual(all.map((row: { task_id: string }) => row.task_id), [ids[2]]);
    const wrong = await run(["task", "retry", ids[0], "--limit", "1"]);
    assert.deepEqual([wrong.code, wrong.stderr], [2, "error: --limit does not go with ids\n"]);
  });
});

Deno.test("absurd task release takes a claim back from its worker", async () => {
  await withWorld(async ({ run, spawn, document, claim }) => {
    const id = await spawn("image");
    await claim();
    assert.equal((await run(["task", "release", "--worker", "tester", "--yes"])).code, 0);
    const task = await document(["task", "show", id]);
    assert.deepEqual([task.state, task.failures, task.attempts[0].outcome], ["scheduled", 0, "released"]);
    const why = await run(["task", "why", id]);
    assert.match(why.stdout, /processes of its attempt 1, which ended early, may still run at worker tester/);
  });
});

Deno.test("absurd task unblock lets a task go on without a failed parent", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const parent = await spawn("image");
    const child = await spawn("extract", "--depends-on", parent, "--on-parent-failure", "wait");
    await failNext("broken");
    const why = await run(["task", "why", child]);
    assert.match(why.stdout, new RegExp(`or go on without it: absurd task unblock ${child}`));
    assert.equal((await run(["task", "unblock", child])).stderr, "Unblocked 1 task\n");
    assert.equal((await document(["task", "show", child])).state, "ready");
  });
});

Deno.test("absurd task priority changes pending tasks by id and by filter", async () => {
  await withWorld(async ({ run, spawn, document }) => {
    const [first, second] = [await spawn("image"), await spawn("extract")];
    const one = await run(["task", "priority", "7", first]);
    assert.deepEqual(one, { code: 0, stdout: "", stderr: "Gave priority 7 to 1 task\n" });
    assert.equal((await document(["task", "show", first])).priority, 7);
    await document(["task", "priority", "-8", "--name", "extract", "--yes"]);
    assert.equal((await document(["task", "show", second])).priority, -8);
  });
});

Deno.test("absurd refuses a verb for many tasks that names nothing, too much, or the wrong states", async () => {
  await withWorld(async ({ run, spawn }) => {
    const id = await spawn("image");
    const cases: [args: string[], message: RegExp][] = [
      [["cancel"], /^error: Nothing says which tasks are meant\nhint: Give ids, filters, or --all/],
      [["retry", "--all", "--name", "image"], /^error: --all does not go with ids or filters/],
      [["release", id, "--name", "image"], /^error: Ids do not go with filters/],
      [
        ["retry", "--status", "claimed", "--yes"],
        /^error: --status claimed names tasks that this command does not/,
      ],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await run(["task", ...args]);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.match(stderr, message);
    }
  });
});

Deno.test("absurd works on more tasks than one batch holds", async () => {
  await withWorld(async ({ run, database, document }) => {
    await database.query(
      "select count(*) from generate_series(1, 1203) as n, absurd.spawn_task('dsa110-pipeline', 'image' || n % 2)",
    );
    const { code, stderr } = await run(["task", "cancel", "--all"], { terminal: true, answer: "y" });
    assert.equal(code, 0);
    assert.match(stderr, /500 of 1203 tasks/);
    assert.match(stderr, /Cancelled 1203 tasks\n$/);
    assert.equal((await document(["status"])).queues[0].cancelled, 1203);
  });
});
