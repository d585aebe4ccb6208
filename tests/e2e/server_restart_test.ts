import assert from "node:assert/strict";
import { join } from "node:path";
import { startPostgres, stopPostgres } from "../../lib/postgres/mod.ts";
import { openDatabase } from "../../lib/database.ts";
import { eventually, runCli, startCli } from "../support/process.ts";
import { cliJson, FIXTURE_STAGES, quickSettings, spawnNothing, withFolder } from "./support.ts";

const TASKS = 300;

Deno.test("two workers complete each of 300 tasks once though the server is restarted in the middle", async () => {
  await withFolder(async (folder) => {
    const directory = join(folder, "postgres");
    let server = await startPostgres(directory, { durable: false });
    try {
      const options = { env: { ...quickSettings(server.url, join(folder, "work")), ABSURD_LEASE: "20" } };
      assert.equal((await runCli(["init"], options)).code, 0);
      await spawnNothing(server.url, TASKS);

      const worker = ["worker", "--drain", "--stages", FIXTURE_STAGES];
      await using first = startCli(worker, options);
      await using second = startCli(worker, options);
      await eventually(async () => await countCompleted(options) > TASKS / 4, { timeoutMs: 60_000 });
      await stopPostgres(directory);
      server = await startPostgres(directory, { durable: false });
      assert.ok(await countCompleted(options) < TASKS, "all tasks were done before the restart");

      assert.equal((await first.result).code, 0, first.stderr);
      assert.equal((await second.result).code, 0, second.stderr);
      await assertEachCompletedOnce(server.url);
    } finally {
      await stopPostgres(directory);
    }
  });
});

async function countCompleted(options: { env: Record<string, string> }): Promise<number> {
  const { queues } = await cliJson(["status"], options);
  return queues[0].completed;
}

async function assertEachCompletedOnce(url: string): Promise<void> {
  await using database = openDatabase({ url });
  const rows = await database.query<{ status: string; completions: number }>(`
    select t.status, count(*) filter (where a.outcome = 'completed')::int as completions
    from absurd.tasks as t left join lateral absurd._attempts_of(t.task_id) as a on true
    group by t.task_id`);
  assert.equal(rows.length, TASKS);
  for (const row of rows) assert.deepEqual(row, { status: "completed", completions: 1 });
}
