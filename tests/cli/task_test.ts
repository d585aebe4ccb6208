import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd task list filters by queue, status, state, name, workflow and key", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const failed = await spawn("image");
    await failNext("broken");
    const scheduled = await spawn("extract", "--delay", "1h", "--key", "obs-2");
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
    assert.deepEqual(await ids("--key", "obs-2"), [scheduled]);
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

Deno.test("absurd task list goes on after a cursor, and prints a task a line", async () => {
  await withWorld(async ({ run, spawn, document }) => {
    const ids = [await spawn("image"), await spawn("image"), await spawn("extract")];
    const page = await document(["task", "list", "--limit", "2"]);
    assert.deepEqual(page.map(({ task_id }: { task_id: string }) => task_id), [ids[2], ids[1]]);
    const { stdout } = await run(["task", "list", "--cursor", ids[1], "--jsonl"]);
    assert.equal(stdout.split("\n").length, 2);
    assert.equal(JSON.parse(stdout).task_id, ids[0]);
  });
});

Deno.test("absurd task list filters by worker, error and time", async () => {
  await withWorld(async ({ run, spawn, document, failNext, database }) => {
    const old = await spawn("image");
    await failNext("No space left on device");
    await database.query("update absurd_test.clock set shift = '3 hours'");
    const now = await spawn("image");
    const ids = async (...flags: string[]) =>
      (await document(["task", "list", ...flags])).map((task: { task_id: string }) => task.task_id);
    assert.deepEqual(await ids("--error", "no space"), [old]);
    assert.deepEqual(await ids("--worker", "tester"), [old]);
    assert.deepEqual(await ids("--since", "2h"), [now]);
    assert.deepEqual(await ids("--until", "2h"), [old]);
    assert.deepEqual(await ids("--status", "failed", "pending"), [now, old]);
    assert.deepEqual(await ids("--since", "2199-01-01T00:00Z"), []);
    const wrong = await run(["task", "list", "--since", "yesterday"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^error: Cannot read --since yesterday as a time\nhint: Write how long ago/);
  });
});

Deno.test("absurd task show tells parents, children and settings", async () => {
  await withWorld(async ({ run, spawn }) => {
    const parent = await spawn("convert_uvh5");
    const id = await spawn("image", "--depends-on", parent, "--timeout", "90s");
    await spawn("extract", "--depends-on", id, "--on-parent-failure", "wait");
    const { stdout } = await run(["task", "show", id]);
    assert.match(stdout, /^time limit +1m 30s$/m);
    assert.match(stdout, /\nDepends on\n.*\n\S+ +convert_uvh5 +- +ready +cancel\n/);
    assert.match(stdout, /\nChildren\n.*\n\S+ +extract +- +blocked +wait\n/);
  });
});

Deno.test("absurd shows times as --time or ABSURD_TIME wants them", async () => {
  await withWorld(async ({ run, spawn }) => {
    const id = await spawn("image");
    const created = async (args: string[], env = {}) =>
      /^created +(.*)$/m.exec((await run(["task", "show", id, ...args], { env })).stdout)?.[1];
    const iso = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
    assert.match(await created([]) ?? "", / ago$/);
    assert.match(await created(["--time", "iso"]) ?? "", iso);
    assert.match(await created(["--time", "local"]) ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
    assert.match(await created([], { ABSURD_TIME: "iso" }) ?? "", iso);
    assert.match(await created(["--time", "relative"], { ABSURD_TIME: "iso" }) ?? "", / ago$/);
    assert.equal((await run(["task", "list"], { env: { ABSURD_TIME: "soon" } })).code, 2);
  });
});
