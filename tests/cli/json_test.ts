import assert from "node:assert/strict";
import { completeProgram } from "../../cli/program.ts";
import { DOCUMENTS } from "../../scripts/json/documents.ts";
import { eventually } from "../support/process.ts";
import { type CliWorld, withWorld } from "./world.ts";
import { fakeContext } from "./fake_context.ts";

/** Commands whose documents are of no interest here: they install, or look after a server. */
const OTHERS = ["init", "postgres start", "postgres status", "queue events", "scheduler sync"];

/** Makes something of everything there is, and returns ids. */
async function populate({ run, spawn, claim, completeNext, failNext }: CliWorld) {
  const done = await spawn("image", "-P", "size:=512", "--key", "k");
  await completeNext({ flux: 1 });
  const failed = await spawn("image", "--on-parent-failure", "wait", "--depends-on", done);
  const child = await spawn("extract", "--depends-on", failed, "--on-parent-failure", "wait");
  await failNext("no space left");
  const workflow = (await run(["chain", "quick", "--key", "w"])).stdout.trim();
  const { task_id: running } = await claim();
  await run(["queue", "limit", "--name", "image", "--max", "1"]);
  await run(["scheduler", "add", "nightly", "--cron", "0 3 * * *", "--task", "image"]);
  return { done, failed, child, workflow, running };
}

/** Command lines for a document, of which each prints it. */
function commandLines(ids: Awaited<ReturnType<typeof populate>>): Record<string, string[][]> {
  const { done, failed, child, workflow, running } = ids;
  return {
    "status": [[]],
    "status --check": [[]],
    "spawn": [["catalog"]],
    "chain": [["quick"]],
    "chain list": [[]],
    "chain show": [["standard"]],
    "task list": [[], ["--status", "claimed"]],
    "task show": [[done], [failed], [child], [running]],
    "task watch": [[done]],
    "task why": [[done], [failed], [child], [running]],
    "task logs": [[done]],
    "task priority --dry-run": [["3", "--all"]],
    "task priority": [["3", "--name", "catalog", "--yes"]],
    "task release --dry-run": [["--all"]],
    "task release": [[running]],
    "task cancel --dry-run": [["--name", "catalog"]],
    "task cancel": [["--name", "catalog", "--yes"]],
    "task retry --dry-run": [["--name", "catalog"]],
    "task retry": [["--name", "catalog", "--yes"]],
    "task unblock --dry-run": [["--all"]],
    "task unblock": [[child]],
    "workflow list": [[]],
    "workflow show": [[workflow]],
    "workflow cancel": [[workflow]],
    "workflow watch": [],
    "queue list": [[]],
    "queue pause": [["q"]],
    "queue resume": [["q"]],
    "queue limit": [[]],
    "worker list": [[]],
    "dlq list": [[]],
    "dlq show": [[failed]],
    "dlq replay --dry-run": [["--all"]],
    "dlq purge --dry-run": [["--all"]],
    "dlq replay": [[failed]],
    "dlq purge": [["--all", "--replayed", "--yes"]],
    "scheduler trigger": [["nightly"]],
    "scheduler list": [[]],
    "scheduler show": [["nightly"]],
    "scheduler add": [["hourly", "--cron", "@hourly", "--chain", "quick"]],
    "scheduler pause": [["nightly"]],
    "scheduler resume": [["nightly"]],
    "scheduler history": [["nightly"]],
    "scheduler next": [["nightly"]],
    "scheduler remove": [["hourly"]],
    "prune": [["--yes"]],
    "prune --dry-run": [[]],
    "doctor": [[]],
    "version": [[]],
  };
}

/** What waits, or prints lines only: tried in tests of its own, against the same shapes. */
const SEPARATE = ["spawn --wait", "chain --wait", "events", "bench"];

Deno.test("every command prints the document that docs/json.md describes", async () => {
  await withWorld(async (world) => {
    const shapes = new Map(
      DOCUMENTS.flatMap(({ commands, flags, schema }) =>
        commands.map((name) => [flags ? `${name} ${flags}` : name, schema] as const)
      ),
    );
    const lines = commandLines(await populate(world));
    const missing = [...shapes.keys()].filter((name) => !(name in lines) && !SEPARATE.includes(name));
    assert.deepEqual(missing, [], "no command line tries these documents");
    for (const [name, many] of Object.entries(lines)) {
      for (const args of many) {
        const { stdout, stderr } = await world.run([...name.split(" "), ...args, "--json"]);
        assert.notEqual(stdout, "", `absurd ${name}: ${stderr}`);
        const { error } = shapes.get(name)!.safeParse(JSON.parse(stdout));
        assert.equal(error, undefined, `absurd ${name} ${args.join(" ")}: ${error?.message}`);
      }
    }
  });
});

Deno.test("absurd spawn --wait, chain --wait and events print the documents of docs/json.md", async () => {
  await withWorld(async ({ run, completeNext }) => {
    const shape = (name: string, flags?: string) =>
      DOCUMENTS.find((each) => each.commands.includes(name) && each.flags === flags)!.schema;
    const spawning = run(["spawn", "image", "--wait", "--json"]);
    await eventually(() => completeNext({}));
    shape("spawn", "--wait").parse(JSON.parse((await spawning).stdout));
    const chaining = run(["chain", "quick", "--wait", "--json"]);
    await eventually(() => completeNext({}));
    await completeNext({});
    shape("chain", "--wait").parse(JSON.parse((await chaining).stdout));
    const { stdout } = await run(["events", "--since", "start", "--no-follow", "--jsonl"]);
    shape("events").parse(stdout.trim().split("\n").map((line) => JSON.parse(line)));
  });
});

Deno.test("docs/json.md knows every command that takes --json", async () => {
  const known = [...OTHERS, ...DOCUMENTS.flatMap(({ commands }) => commands)];
  const found: string[] = [];
  const visit = (command: Awaited<ReturnType<typeof completeProgram>>, path: string[]) => {
    const takesJson = command.options.some(({ long }) => long === "--json" || long === "--jsonl");
    if (takesJson) found.push(path.join(" "));
    for (const child of command.commands) visit(child, [...path, child.name()]);
  };
  visit(await completeProgram(fakeContext().context), []);
  assert.deepEqual(found.filter((name) => !known.includes(name)), []);
});
