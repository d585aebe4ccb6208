// deno-lint-ignore-file no-console -- words for whoever waits
/**
 * `deno task bench:growth`: whether what is already there makes the queue slower. Drains tasks among none and among many
 * finished, scheduled and blocked ones, in turns, and while an old snapshot is held and after it is let go.
 *
 * `--rows N` rows of each kind (1000000); `--repeat N` turns (3); `--hold SEC` for how long a snapshot is held (120);
 * `--json`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { AbsurdClient, AbsurdConfig } from "../../mod.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import { systemContext } from "../../cli/context.ts";
import { printJson, printTable } from "../../cli/output.ts";
import { type Database, openDatabase } from "../../lib/database.ts";
import { populate, type Population, POPULATIONS } from "../../tests/proofs/plans/populations.ts";
import { median } from "./measure.ts";
import { createDatabase, withServer } from "./server.ts";

const TASKS = 10_000;
/** Drains of which the middle one counts. */
const USUAL = 9;
/** For how long the server's own vacuum is waited for. */
const VACUUM_SEC = 120;

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    repeat: { type: "string", default: "3" },
    hold: { type: "string", default: "120" },
    json: { type: "boolean", default: false },
  },
});
const rows = Number(flags.rows);
const kinds = ["finished", "scheduled", "blocked"].map((name) =>
  POPULATIONS.find((kind) => kind.name === name)!
);

/** Spawns and drains so many tasks; returns how many a second were drained. */
async function drain(databaseUrl: string, tasks: number): Promise<number> {
  await using client = new AbsurdClient({ databaseUrl, queueName: "q" });
  for (let left = tasks; left > 0; left -= 10_000) {
    await client.spawnMany(Array.from({ length: Math.min(left, 10_000) }, () => ({ taskName: "work" })));
  }
  const config = { ...AbsurdConfig.fromEnv({}), databaseUrl, queueName: "q", workerConcurrency: 500 };
  const startMs = performance.now();
  await new AbsurdWorker(config, () => Promise.resolve(null), { maxTasks: tasks }).run();
  return tasks / ((performance.now() - startMs) / 1000);
}

/** A database named after what is in it. */
async function makeDatabase(server: Database, url: string, name: string, kind?: Population): Promise<string> {
  const databaseUrl = await createDatabase(server, url, name);
  await using client = new AbsurdClient({ databaseUrl });
  await client.installSchema();
  if (kind) {
    await using database = openDatabase({ url: databaseUrl });
    await populate(database, kind, rows);
  }
  return databaseUrl;
}

async function measureRows(server: Database, url: string) {
  const urls = new Map([["none", await makeDatabase(server, url, "none")]]);
  for (const kind of kinds) urls.set(kind.name, await makeDatabase(server, url, kind.name, kind));
  const rates = new Map<string, number[]>([...urls.keys()].map((name) => [name, []]));
  for (const databaseUrl of urls.values()) await drain(databaseUrl, TASKS); // warms up
  for (let turn = 0; turn < Number(flags.repeat); turn++) {
    for (const [name, databaseUrl] of urls) rates.get(name)!.push(await drain(databaseUrl, TASKS));
  }
  const none = median(rates.get("none")!);
  return [...rates].map(([among, all]) => ({
    among,
    perSec: Math.round(median(all)),
    ratio: Math.round(median(all) / none * 100) / 100,
  }));
}

/** The middle rate of a few drains: a single one, which takes half a second, tells more of the machine. */
async function usualRate(databaseUrl: string): Promise<number> {
  const rates: number[] = [];
  for (let nth = 0; nth < USUAL; nth++) rates.push(await drain(databaseUrl, TASKS));
  return median(rates);
}

/** What an open transaction costs while tasks are done all the time, and whether that is over when it is. */
async function measureSnapshot(server: Database, url: string) {
  const databaseUrl = await makeDatabase(server, url, "snapshot");
  await using database = openDatabase({ url: databaseUrl });
  await drain(databaseUrl, TASKS);
  const before = await usualRate(databaseUrl);
  const held: number[] = [];
  await database.session(async (session) => {
    await session.script("begin isolation level repeatable read; select 1");
    const untilMs = performance.now() + Number(flags.hold) * 1000;
    while (performance.now() < untilMs) held.push(await usualRate(databaseUrl));
    await session.script("commit");
  });
  await untilVacuum(database);
  const after = await usualRate(databaseUrl);
  console.error(`While held, tasks/s: ${held.map(Math.round).join(", ")}`);
  return Object.entries({ before, worst: Math.min(...held), end: held.at(-1)!, after }).map((
    [snapshot, rate],
  ) => ({
    snapshot,
    perSec: Math.round(rate),
    ratio: Math.round(rate / before * 100) / 100,
  }));
}

/** Waits until the server has cleaned up by itself: twice, because it may have begun while the snapshot was held. */
async function untilVacuum(database: Database): Promise<void> {
  const count = async () =>
    (await database.query<{ count: number }>(
      "select autovacuum_count::int as count from pg_stat_user_tables where relid = 'absurd.tasks'::regclass",
    ))[0].count;
  const before = await count();
  for (let tries = 0; tries < VACUUM_SEC && await count() < before + 2; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

const figures = await withServer(async (server, url) => ({
  snapshot: await measureSnapshot(server, url),
  rows: await measureRows(server, url),
}));
const context = systemContext(new AbortController().signal);
if (flags.json) printJson(context, figures);
else {
  await printTable(
    context,
    [`${rows} rows`, "tasks/s", "ratio"],
    figures.rows.map((r) => [r.among, r.perSec, r.ratio]),
  );
  await printTable(
    context,
    ["snapshot", "tasks/s", "ratio"],
    figures.snapshot.map((s) => [s.snapshot, s.perSec, s.ratio]),
  );
}
