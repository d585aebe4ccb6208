import assert from "node:assert/strict";
import { runInProcess } from "./fake_context.ts";

const COMMANDS = [
  "",
  "init",
  "status",
  "spawn",
  "chain",
  "chain list",
  "chain show",
  "task",
  "task list",
  "task show",
  "task cancel",
  "task retry",
  "workflow",
  "workflow list",
  "workflow show",
  "workflow cancel",
  "worker",
  "worker list",
  "scheduler",
  ...["run", "add", "list", "show", "next", "pause", "resume", "remove", "trigger", "history", "sync"].map(
    (verb) => `scheduler ${verb}`,
  ),
  "events",
  "queue",
  "queue events",
  "queue list",
  "queue pause",
  "queue resume",
  "dlq",
  "dlq list",
  "dlq show",
  "dlq replay",
  "dlq purge",
  "postgres",
  "postgres start",
  "postgres stop",
  "postgres status",
  "postgres url",
  "version",
];

for (const command of COMMANDS) {
  Deno.test(`absurd ${`${command} --help`.trim()} shows its options`, async (t) => {
    const { code, stdout, stderr } = await runInProcess([...command.split(" ").filter(Boolean), "--help"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    await t.assertSnapshot(stdout);
  });
}

Deno.test("absurd help spawn shows the same as absurd spawn --help", async () => {
  const [short, long] = await Promise.all([
    runInProcess(["help", "spawn"]),
    runInProcess(["spawn", "--help"]),
  ]);
  assert.deepEqual(short, long);
});

Deno.test("absurd --version shows the same as absurd version", async () => {
  const [short, long] = await Promise.all([runInProcess(["--version"]), runInProcess(["version"])]);
  assert.deepEqual(short, long);
  assert.match(short.stdout, /^absurd \d+\.\d+\.\d+ \(schema \d+, deno \d+\.\d+\.\d+\)\n$/);
});

Deno.test("absurd shows the commands on stderr when none is given", async () => {
  for (const args of [[], ["task"]]) {
    const { code, stdout, stderr } = await runInProcess(args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /^Usage: absurd /);
  }
});
