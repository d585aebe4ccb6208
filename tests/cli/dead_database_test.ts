import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { completeProgram } from "../../cli/program.ts";
import { fakeContext, runInProcess } from "./fake_context.ts";

const ID = "0199e4a2-7b1c-7000-8000-000000000001";

/** Arguments for each command that needs the database. */
const ARGS: Readonly<Record<string, string[]>> = {
  "init": [],
  "init --check": [],
  "status": [],
  "spawn": ["image"],
  "spawn --batch": ["-", "image"],
  "chain": ["standard"],
  "task list": [],
  "task show": [ID],
  "task why": [ID],
  "task logs": [ID],
  "task watch": [ID],
  "task cancel": [ID],
  "task retry": ["--all", "--yes"],
  "task release": [ID],
  "task unblock": [ID],
  "task priority": ["1", ID],
  "workflow list": [],
  "workflow show": [ID],
  "workflow watch": [ID],
  "workflow cancel": [ID],
  "worker list": [],
  "scheduler list": [],
  "scheduler add": ["nightly", "--cron", "0 3 * * *", "--task", "image"],
  "scheduler show": ["nightly"],
  "scheduler next": ["nightly"],
  "scheduler pause": ["nightly"],
  "scheduler resume": ["nightly"],
  "scheduler remove": ["nightly"],
  "scheduler trigger": ["nightly"],
  "scheduler history": ["nightly"],
  "queue list": [],
  "queue pause": ["q"],
  "queue resume": ["q"],
  "queue limit": [],
  "queue events": ["q", "off"],
  "events": [],
  "dlq list": [],
  "dlq show": [ID],
  "dlq replay": [ID],
  "dlq purge": ["--all", "--yes"],
  "prune": ["--yes"],
};

/** Commands that need none, tell about it by other means (doctor), or wait for it (worker, scheduler run). */
const OTHERS = [
  "chain list",
  "chain show",
  "complete",
  "completions",
  "doctor",
  "version",
  "worker",
  "scheduler run",
  "scheduler sync",
  "postgres start",
  "postgres stop",
  "postgres status",
  "postgres url",
  "serve",
  "bench",
];

/** Names of the commands that do something themselves. */
function leaves(command: CommandUnknownOpts, path: string[] = []): string[] {
  const below = command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
  const isLeaf = command.commands.length === 0 || ["chain", "worker"].includes(path.join(" "));
  return isLeaf ? [path.join(" "), ...below] : below;
}

Deno.test("every command is known to need the database, or not to", async () => {
  const known = [...Object.keys(ARGS), ...OTHERS];
  const names = leaves(await completeProgram(fakeContext().context));
  assert.deepEqual(names.filter((name) => !known.includes(name)), []);
});

async function isToldInASentence(name: string, args: string[], url: string): Promise<void> {
  const { code, stdout, stderr } = await runInProcess([...name.split(" "), ...args], {
    env: { ABSURD_DATABASE_URL: url },
    input: "{}",
  });
  assert.deepEqual({ name, code, stdout }, { name, code: 1, stdout: "" });
  assert.match(stderr, /^error: .*127\.0\.0\.1.*\nhint: .*\n$/, `${name}: ${stderr}`);
  assert.ok(!stderr.includes("secret"), `${name} shows the password`);
}

Deno.test("every command that needs the database says in a sentence that no server answers", async () => {
  const url = "postgres://nobody:secret@127.0.0.1:1/nothing";
  await Promise.all(Object.entries(ARGS).map(([name, args]) => isToldInASentence(name, args, url)));
});

Deno.test("every command that needs the database gives a server up that says nothing", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) accepted.push(connection);
  })();
  const url = `postgres://nobody:secret@127.0.0.1:${(silent.addr as Deno.NetAddr).port}/nothing`;
  const late = Symbol();
  let timer;
  // a connection is given up after five seconds; the rest is for a machine that stands still
  const patience = new Promise((resolve) => timer = setTimeout(() => resolve(late), 20_000));
  const all = Promise.all(Object.entries(ARGS).map(([name, args]) => isToldInASentence(name, args, url)));
  assert.notEqual(await Promise.race([all, patience]), late, "some command still waits");
  clearTimeout(timer);
  for (const connection of accepted) connection.close();
  silent.close();
  await accepting;
});

Deno.test("absurd status --check is critical when no server answers", async () => {
  const env = { ABSURD_DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };
  const { code, stdout, stderr } = await runInProcess(["status", "--check"], { env });
  assert.deepEqual({ code, stderr }, { code: 2, stderr: "" });
  assert.match(stdout, /^CRITICAL; No PostgreSQL answers at 127\.0\.0\.1:1 .*\n$/);
});
