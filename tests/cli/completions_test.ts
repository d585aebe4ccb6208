import assert from "node:assert/strict";
import { withWorld } from "./world.ts";
import { runInProcess } from "./fake_context.ts";
import { withDatabase } from "../support/database.ts";
import { ROOT } from "../support/process.ts";

/** A database that is not there. */
const NOWHERE = { ABSURD_DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };

async function complete(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runInProcess(["complete", "--", ...words], { env: NOWHERE });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n").map((line) => line.split("\t")[0]);
}

Deno.test("absurd complete offers commands, flags, choices and files", async (t) => {
  const cases: [words: string[], expected: string[]][] = [
    [["sta"], ["status"]],
    [["dlq", ""], ["list", "show", "replay", "purge"]],
    [["dlq", "re"], ["replay"]],
    [["task", "list", "--w"], ["--workflow", "--worker"]],
    [["task", "list", "--status", "ca"], ["cancelled"]],
    [["task", "list", "--status", "failed", "ca"], ["cancelled"]],
    [["task", "list", "--limit", "5", "--json"], ["--json", "--jsonl"]],
    [["spawn", "image", "--on-parent-failure", ""], ["cancel", "wait", "ignore"]],
    [["spawn", "--batch", "x"], [":files"]],
    [["completions", ""], ["bash", "zsh", "fish"]],
    [["scheduler", "add", "n", "--tz", "Europe/Berl"], ["Europe/Berlin"]],
    [["chain", "st"], ["standard", ":files"]],
    [["task", "show", ""], [""]],
    [["nothing", ""], [""]],
  ];
  for (const [words, expected] of cases) {
    await t.step(words.join(" "), async () => assert.deepEqual(await complete(...words), expected));
  }
});

Deno.test("absurd complete offers names and ids from the database, as they suit the command", async () => {
  await withWorld(async ({ run, spawn, failNext }) => {
    const failed = await spawn("image");
    await failNext("broken");
    const waiting = await spawn("extract", "--queue", "elsewhere");
    const workflow = (await run(["chain", "quick", "--queue", "third"])).stdout.trim();
    await run(["scheduler", "add", "nightly", "--cron", "0 3 * * *", "--task", "image"]);
    const values = async (...words: string[]) =>
      (await run(["complete", "--", ...words])).stdout.trimEnd().split("\n").map((line) =>
        line.split("\t")[0]
      );
    assert.deepEqual(await values("task", "retry", ""), [failed]);
    assert.ok((await values("task", "cancel", "")).includes(waiting));
    assert.deepEqual(await values("dlq", "replay", failed.slice(0, 12)), [failed]);
    assert.deepEqual(await values("workflow", "watch", ""), [workflow]);
    assert.deepEqual(await values("workflow", "list", "--cursor", ""), [workflow]);
    assert.deepEqual(await values("dlq", "list", "--cursor", ""), [failed]);
    assert.deepEqual(await values("queue", "pause", ""), ["dsa110-pipeline", "elsewhere", "third"]);
    assert.deepEqual(await values("task", "list", "--worker", ""), ["tester"]);
    assert.deepEqual(await values("scheduler", "trigger", "n"), ["nightly"]);
    assert.deepEqual(await values("spawn", "ext"), ["extract"]);
  });
});

Deno.test("absurd completions bash completes in bash", async () => {
  await withDatabase(async (database, url) => {
    await database.query("select absurd.spawn_task('imaging', 'image')");
    const script = `
      absurd() { "${Deno.execPath()}" run -q -A cli/main.ts "$@"; }
      source <(absurd completions bash)
      try() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _absurd
        echo "\${COMPREPLY[*]}"
      }
      try absurd que
      try absurd queue pause im
      try absurd spawn --batch deno.j`;
    const { success, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", script],
      cwd: ROOT,
      env: { ABSURD_DATABASE_URL: url },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), ["queue", "imaging", "deno.json"]);
  });
});
