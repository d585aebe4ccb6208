// deno-lint-ignore-file no-console -- words for whoever waits
/**
 * `deno task bench:soak`: whether tables and indexes stay bounded over very many tasks while what ended is forgotten.
 *
 * `--tasks N` tasks in all (10000000), looked at twenty times; `--json`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { AbsurdClient, AbsurdConfig } from "../../mod.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import { systemContext } from "../../cli/context.ts";
import { printJson, printTable } from "../../cli/output.ts";
import { openDatabase } from "../../lib/database.ts";
import { withServer } from "./server.ts";

const BATCH = 10_000;
const LOOKS = 20;
const SIZES = `
  select
    pg_table_size('absurd.tasks') as tasks, pg_indexes_size('absurd.tasks') as indexes,
    pg_total_relation_size('absurd.attempts') as attempts, pg_total_relation_size('absurd.event_batches') as events,
    pg_total_relation_size('absurd.task_counts') as counts`;

const { values: flags } = parseArgs({
  options: { tasks: { type: "string", default: "10000000" }, json: { type: "boolean", default: false } },
});
const total = Number(flags.tasks);

const looks = await withServer(async (_, databaseUrl) => {
  await using client = new AbsurdClient({ databaseUrl, queueName: "soak" });
  await client.installSchema();
  await using database = openDatabase({ url: databaseUrl });
  const config = { ...AbsurdConfig.fromEnv({}), databaseUrl, queueName: "soak", workerConcurrency: 500 };
  const found = [];
  let startMs = performance.now();
  let done = 0;
  for (let look = 1; look <= LOOKS; look++) {
    const begun = done;
    while (done < total * look / LOOKS) {
      await client.spawnMany(Array.from({ length: BATCH }, () => ({ taskName: "nothing" })));
      await new AbsurdWorker(config, () => Promise.resolve(null), { maxTasks: BATCH }).run();
      await client.prune(0, { batchSize: 10_000 });
      done += BATCH;
    }
    const [sizes] = await database.query<Record<string, string>>(SIZES);
    const megabytes = Object.fromEntries(
      Object.entries(sizes).map(([name, bytes]) => [name, Math.round(Number(bytes) / 1e5) / 10]),
    );
    const seen = {
      done,
      perSec: Math.round((done - begun) / ((performance.now() - startMs) / 1000)),
      megabytes,
    };
    console.error(JSON.stringify(seen)); // it takes long: what was seen so far should not be lost
    found.push(seen);
    startMs = performance.now();
  }
  return found;
});
const context = systemContext(new AbortController().signal);
if (flags.json) printJson(context, looks);
else {
  const names = Object.keys(looks[0].megabytes);
  await printTable(
    context,
    ["tasks", "tasks/s", ...names.map((name) => `${name} MB`)],
    looks.map(({ done, perSec, megabytes }) => [done, perSec, ...names.map((name) => megabytes[name])]),
  );
}
