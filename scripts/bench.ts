/**
 * `deno task bench`: how fast the queue spawns and drains, beside what the same server does with a minimal table in
 * the same run. Only the ratios mean anything: machines are shared and noisy.
 *
 * `--json` prints the figures as one document.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { AbsurdClient, AbsurdConfig } from "@dsa110/absurd";
import { startPostgres, stopPostgres } from "@dsa110/absurd/postgres";
import { AbsurdWorker } from "@dsa110/absurd/worker";
import { systemContext } from "../cli/context.ts";
import { printJson, printTable } from "../cli/output.ts";
import { type Database, openDatabase } from "../lib/database.ts";

const QUEUE = "bench";
const SINGLES = 1_000;
const BULK = 10_000;
const DRAIN = 5_000;
const LANES = 8;

interface Figure {
  readonly what: string;
  /** Tasks per second. */
  readonly rate: number;
  /** Rows per second of the minimal table. */
  readonly limit: number;
  readonly ratio: number;
}

const LIMIT_TABLE = `
  create table public.bench_limit (id int generated always as identity primary key, state int not null);
  create index on public.bench_limit (id) where state = 1;`;
const INSERT_ONE = "insert into public.bench_limit (state) values (1)";
const INSERT_MANY = `insert into public.bench_limit (state) select 1 from generate_series(1, ${BULK})`;
const CLAIM_ONE = `
  with picked as materialized (
    select id from public.bench_limit where state = 1 order by id limit 1 for update skip locked
  )
  update public.bench_limit as b set state = 2 from picked as p where b.id = p.id returning b.id`;

const { values: flags } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const directory = await Deno.makeTempDir({ prefix: "absurd-bench-" });
await Deno.chmod(directory, 0o755);
try {
  await print(await measure((await startPostgres(`${directory}/postgres`)).url));
} finally {
  await stopPostgres(`${directory}/postgres`);
  await Deno.remove(directory, { recursive: true });
}

async function measure(databaseUrl: string): Promise<Figure[]> {
  await using database = openDatabase({ url: databaseUrl, maxConnections: LANES });
  await using client = await new AbsurdClient({ databaseUrl, queueName: QUEUE }).connect();
  await client.installSchema();
  await database.script(LIMIT_TABLE);
  return [
    figure(
      "spawn, one after another",
      await rate(SINGLES, () => inTurn(SINGLES, () => client.spawn("nothing"))),
      await rate(SINGLES, () => inTurn(SINGLES, () => database.query(INSERT_ONE))),
    ),
    figure(
      `spawn, ${BULK} in one call`,
      await rate(BULK, () => client.spawnMany(Array.from({ length: BULK }, () => ({ taskName: "nothing" })))),
      await rate(
        BULK,
        () => database.query(INSERT_MANY),
      ),
    ),
    figure(
      "claim, run and complete",
      await rate(DRAIN, () => drain(databaseUrl)),
      await rate(
        DRAIN,
        () => Promise.all(Array.from({ length: LANES }, () => takeRows(database, DRAIN / LANES))),
      ),
    ),
  ];
}

/** What a queue cannot do without: claim a row, and mark it done, in two commits. */
async function takeRows(database: Database, count: number): Promise<void> {
  for (let taken = 0; taken < count; taken++) {
    const [row] = await database.query<{ id: number }>(CLAIM_ONE);
    await database.query("update public.bench_limit set state = 3 where id = $1", [row.id]);
  }
}

/** One worker with an executor in its own process that does nothing. */
async function drain(databaseUrl: string): Promise<void> {
  const config = AbsurdConfig.fromEnv({
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_QUEUE_NAME: QUEUE,
    ABSURD_WORKER_CONCURRENCY: "16",
  });
  await new AbsurdWorker(config, () => Promise.resolve(null), { maxTasks: DRAIN }).run();
}

async function inTurn(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done++) await act();
}

async function rate(count: number, act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return count / ((performance.now() - start) / 1000);
}

function figure(what: string, rate: number, limit: number): Figure {
  return { what, rate: Math.round(rate), limit: Math.round(limit), ratio: Number((rate / limit).toFixed(2)) };
}

async function print(figures: Figure[]): Promise<void> {
  const context = systemContext(new AbortController().signal);
  if (flags.json) return printJson(context, figures);
  const rows = figures.map(({ what, rate, limit, ratio }) => [what, rate, limit, ratio]);
  await printTable(context, ["", "tasks/s", "minimal table, rows/s", "ratio"], rows);
}
