import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd task list filters by queue, status, state, name and workflow", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const failed = await spawn("image");
    await failNext("broken");
    const scheduled = await spawn("extract", "--delay", "1h");
    const elsewhere = await spawn("image", "--queue", "elsewhere");
    const workflow = (await run(["chain", "quick"])).stdout.trim();
    const ids = async (...flags: string[]) =>
      (await document(["task", "list", ...flags])).map((task: { task_id: string }) => task.task_id);

    assert.deepEqual(await ids("--status", "failed"), [failed]);
    assert.deepEqual(await ids("--status", "scheduled"), [scheduled]);
    assert.deepEqual(await ids("--name", "extract"), [scheduled]);
    assert.deepEqual(await ids("--queue", "elsewhere"), [elsewhere]);
    assert.equal((await ids("--workflow", workflow)).length, 2);
    assert.equal((await ids("--workflow", workflow.slice(0, 30))).length, 2);
    assert.equal((await ids("--limit", "3")).length, 3);
  });
});

Deno.test("absurd task list shows ids that absurd task show takes", async () => {
  await withWorld(async ({ run, spawn, failNext }) => {
    await spawn("image");
    await failNext("a\u001b[31mred\u001b[0m\nerror");
    const { stdout } = await run(["task", "list"]);
    const [head, row] = stdout.split("\n");
    assert.match(head, /^id +task +queue +state +attempt +created +note$/);
    assert.match(row, /^[0-9a-f-]{13,} +image +dsa110-pipeline +failed +1 +.* ago +ared error$/);
    const shown = await run(["task", "show", row.split(" ")[0]]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /^state +failed$/m);
    assert.match(shown.stdout, /^Attempt 1$/m);
  });
});

Deno.test("absurd task show --json keeps params and results as they were stored", async () => {
  await withWorld(async ({ spawn, document, completeNext }) => {
    const id = await spawn("image", "-P", "cellArcsec:=1");
    await completeNext({ peakFlux: 2 });
    const task = await document(["task", "show", id]);
    assert.deepEqual(task.params, { cellArcsec: 1 });
    assert.deepEqual(task.result, { peakFlux: 2 });
    assert.deepEqual(task.attempts.map(({ outcome }: { outcome: string }) => outcome), ["completed"]);
  });
});

Deno.test("absurd task show says when no task or more than one has the prefix", async () => {
  await withWorld(async ({ run, spawn, database }) => {
    const none = await run(["task", "show", "ffffffff"]);
    assert.deepEqual({ code: none.code, stdout: none.stdout }, { code: 1, stdout: "" });
    assert.match(none.stderr, /^error: No task has an id that starts with ffffffff\nhint: absurd task list /);
    const full = await run(["task", "show", "ffffffff-ffff-4fff-8fff-ffffffffffff"]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /^error: There is no task ffffffff-/);

    const first = await spawn("image");
    await database.query("select absurd.spawn_task('dsa110-pipeline', 'image') from generate_series(1, 3)");
    const several = await run(["task", "cancel", first.slice(0, 2)]);
    assert.equal(several.code, 1);
    assert.match(several.stderr, /^error: Several tasks have an id that starts with /);
  });
});

Deno.test("absurd task cancel and retry say what they did", async () => {
  await withWorld(async ({ run, spawn, document, failNext, completeNext }) => {
    const failed = await spawn("image");
    await failNext("broken");
    const retried = await run(["task", "retry", failed]);
    assert.deepEqual(retried, { code: 0, stdout: "", stderr: `Task ${failed} is ready again\n` });
    const cancelled = await document(["task", "cancel", failed, "--reason", "clouds"]);
    assert.deepEqual(cancelled, [{ task_id: failed, status_before: "pending" }]);
    assert.equal((await document(["task", "show", failed])).cancel_reason, "clouds");

    const again = await run(["task", "cancel", failed]);
    assert.deepEqual(again, { code: 0, stdout: "", stderr: `Task ${failed} was cancelled already\n` });

    const done = await spawn("image");
    await completeNext({});
    const late = await run(["task", "cancel", done]);
    assert.equal(late.code, 1);
    assert.match(late.stderr, /^error: .*completed/);
  });
});
