import assert from "node:assert/strict";
import { runInProcess } from "./fake_context.ts";

/** No server listens on port 1. */
const ENV = { ABSURD_DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };

/** Mistakes that are told from the arguments and variables alone. */
const MISTAKES: [name: string, args: string[], env?: Record<string, string>][] = [
  ["an unknown command", ["spwan"]],
  ["an unknown subcommand", ["dlq", "reply"]],
  ["an unknown option", ["task", "list", "--staus", "failed"]],
  ["a missing argument", ["spawn"]],
  ["an argument too many", ["status", "all"]],
  ["a choice that is not one", ["task", "list", "--status", "broken"]],
  ["a number that is none", ["spawn", "image", "--priority", "high"]],
  ["a limit that is too large", ["task", "list", "--limit", "9999999999"]],
  ["a number of tasks that is too large", ["queue", "limit", "q", "--max", "99999999999"]],
  ["a duration that is none", ["spawn", "image", "--delay", "soon"]],
  ["a time that is a date", ["spawn", "image", "--at", "2026-10-25"]],
  ["a day that there is not", ["spawn", "image", "--at", "2026-02-30T00:00Z"]],
  ["a leap day in a year without one", ["spawn", "image", "--at", "2027-02-29T10:00"]],
  ["options that exclude each other", ["spawn", "image", "--delay", "1m", "--at", "2026-10-25T06:00"]],
  ["a window of no key", ["spawn", "image", "--key-window", "7d"]],
  ["a window of no key of a chain", ["chain", "quick", "--key-window", "7d"]],
  ["an option without its value", ["spawn", "image", "--queue", ""]],
  ["an empty filter", ["task", "list", "--queue", ""]],
  ["an empty text to look for", ["dlq", "list", "--error", ""]],
  ["help for an unknown command", ["help", "nope"]],
  ["help for an unknown subcommand", ["help", "task", "nope"]],
  ["params that are not JSON", ["spawn", "image", "--params", "{size: 1}"]],
  ["params that are no object", ["chain", "standard", "--params", "[]"]],
  ["a file of params that is missing", ["spawn", "image", "--params", "@none.json"]],
  ["an unknown chain", ["chain", "standrad"]],
  ["a chain without a name", ["chain", ""]],
  ["a manifest to sync that is missing", ["scheduler", "sync", "/nope"]],
  ["a cron expression that never fires", ["scheduler", "next", "--cron", "0 0 31 4,6 *"]],
  ["a chain file that is missing", ["chain", "./mine.json"]],
  ["an id that is none", ["task", "show", "image"]],
  ["a purge of nothing in particular", ["dlq", "purge"]],
  ["a replay of all and one", ["dlq", "replay", "--all", "--name", "image"]],
  ["a purge that nobody can be asked about", ["dlq", "purge", "--all"]],
  ["a reset that nobody can be asked about", ["init", "--reset"]],
  ["a database that is not named", ["status"], {}],
  ["a URL of a folder without its name", ["status"], { ABSURD_DATABASE_URL: "embedded:" }],
  ["a URL that is none", ["status"], { ABSURD_DATABASE_URL: "mysql://localhost/absurd" }],
  ["a variable with a bad value", ["worker"], { ABSURD_WORKER_CONCURRENCY: "many" }],
  ["a flag with a bad value", ["worker", "--concurrency", "many"]],
  ["a server folder that is not named", ["postgres", "start"]],
  ["a bad option of status --check", ["status", "--check", "--bogus"]],
  ["no database for status --check", ["status", "--check"], {}],
];

for (const [name, args, env = ENV] of MISTAKES) {
  Deno.test(`absurd says in a sentence what is wrong with ${name}`, async (t) => {
    const { code, stdout, stderr } = await runInProcess(args, { env });
    assert.equal(code, args.includes("--check") ? 3 : 2);
    assert.equal(stdout, "");
    await t.assertSnapshot(stderr);
  });
}

Deno.test("absurd worker refuses to start when ABSURD_ENABLED is not true, and says how", async (t) => {
  const { code, stdout, stderr } = await runInProcess(["worker"], { env: ENV });
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  await t.assertSnapshot(stderr);
});

Deno.test("absurd shows the stack of an error when ABSURD_DEBUG is 1", async () => {
  const { stderr } = await runInProcess(["chain", "standrad"], { env: { ...ENV, ABSURD_DEBUG: "1" } });
  assert.match(stderr, /\n {4}at /);
});

Deno.test("absurd colours words only where they go to a terminal that can, and NO_COLOR is not set", async () => {
  const red = "\u001b[31m";
  const args = ["chain", "standrad"];
  assert.ok((await runInProcess(args, { terminal: true })).stderr.includes(red));
  assert.ok((await runInProcess(args, { terminal: true, env: { NO_COLOR: "" } })).stderr.includes(red));
  const without: Record<string, string>[] = [{ NO_COLOR: "1" }, { TERM: "dumb" }];
  for (const env of without) {
    assert.ok(!(await runInProcess(args, { terminal: true, env })).stderr.includes("\u001b"));
  }
  assert.ok(!(await runInProcess(args)).stderr.includes(red));
});
