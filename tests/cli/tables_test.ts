import { setClock } from "../support/clock.ts";
import { type CliWorld, withWorld } from "./world.ts";

/** Something of everything, always the same but for the ids. */
async function populate({ run, spawn, claim, completeNext, failNext, database }: CliWorld): Promise<Names> {
  await setClock(database, "2026-10-25T06:00:00Z");
  await database.query(
    "update absurd.workers set started_at = absurd.clock(), heartbeat_at = absurd.clock()",
  );
  const done = await spawn("convert_uvh5", "-P", "input=/data/a.uvh5", "--key", "scan-1");
  await completeNext({ visset: "/work/a.visset" });
  const failed = await spawn("image", "-P", "size:=512");
  const child = await spawn("extract", "--depends-on", failed, "--on-parent-failure", "wait");
  await setClock(database, "2026-10-25T06:10:00Z");
  await database.query("update absurd.workers set heartbeat_at = absurd.clock()");
  await failNext("No space left on device");
  const workflow = (await run(["chain", "quick", "-P", "input=/data/b.uvh5"])).stdout.trim();
  await completeNext({});
  const { task_id: running } = await claim();
  await run(["queue", "limit", "--name", "image", "--max", "2"]);
  await run(["scheduler", "add", "nightly", "--cron", "0 3 * * *", "--tz", "UTC", "--task", "sweep"]);
  await run(["scheduler", "pause", "nightly"]);
  return { done, failed, child, workflow, running };
}

type Names = Record<"done" | "failed" | "child" | "workflow" | "running", string>;

const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{1,4}){0,2}(-[0-9a-f]{1,12})?/g;

/** Ids and what hangs on their length or on the machine's speed, made the same in every run. */
function steady(text: string): string {
  return text
    .replace(ID, "ID")
    .replace(/database answers in \S+/, "database answers in TIME")
    .replace(/schema version \d+/, "schema version N")
    .replace(/ +$/gm, "")
    .replace(/ {2,}/g, "  ");
}

Deno.test("tables and pages for people look as they do", async (t) => {
  await withWorld(async (world) => {
    const { done, failed, child, workflow, running } = await populate(world);
    const commands = [
      ["status"],
      ["queue", "list"],
      ["queue", "limit"],
      ["worker", "list"],
      ["task", "list"],
      ["task", "show", done],
      ["task", "show", failed],
      ["task", "show", child],
      ["task", "why", child],
      ["task", "why", running],
      ["task", "retry", "--status", "failed", "--dry-run"],
      ["workflow", "list"],
      ["workflow", "show", workflow],
      ["dlq", "list"],
      ["dlq", "show", failed],
      ["scheduler", "list"],
      ["chain", "list"],
      ["chain", "show", "quick"],
    ];
    const pages = [];
    for (const args of commands) {
      const { stdout, stderr } = await world.run(args, { env: { ABSURD_TIME: "iso" } });
      pages.push(steady(`$ absurd ${args.join(" ")}\n${stdout}${stderr}`));
    }
    await t.assertSnapshot(pages.join("\n"));
  });
});
