/** Databases and workers of older versions, for the tests of upgrades. */

import { join } from "node:path";
import type { Database } from "../../lib/database.ts";
import { emptyDatabase } from "../support/database.ts";
import { type RunningChild, startDeno } from "../support/process.ts";
import { quickSettings, withFolder } from "./support.ts";

/** Versions that there is a worker of (tests/fixtures/workers). */
export type OldVersion = "first" | "v11";

const SCHEMAS = new URL("../fixtures/schemas/", import.meta.url);

/** Queue that all tasks are in. */
export const QUEUE = "load";

/** A line of the journal: a run of a task began, or ended well. */
export interface Note {
  readonly what: "begun" | "ended";
  /** Whose worker it was. */
  readonly version: string;
  /** The run, as TASK:ATTEMPT. */
  readonly run: string;
  readonly taskId: string;
}

/** What a test has. */
export interface World {
  readonly database: Database;
  /** File that running tasks wait for. */
  readonly go: string;
  /** Settings of programs. */
  readonly env: Record<string, string>;
  /** Starts a worker. */
  start(version: OldVersion | "current"): RunningChild;
  /** What the workers ran so far. */
  journal(): Promise<Note[]>;
}

/** Runs `test` with a database as a version left it. */
export async function withOldVersion(
  version: OldVersion,
  test: (world: World) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await using own = await emptyDatabase();
    await own.database.script(await schemaOf(version));
    const journal = join(folder, "journal");
    await Deno.writeTextFile(journal, "");
    const env = {
      ...quickSettings(own.url, folder),
      ABSURD_QUEUE_NAME: QUEUE,
      ABSURD_WORKER_CONCURRENCY: "4",
      ABSURD_WORKER_POLL_INTERVAL: "0.5",
    };
    await test({
      database: own.database,
      go: join(folder, "go"),
      env,
      start: (version) => startDeno(["tests/fixtures/workers/program.ts", version, journal], { env }),
      journal: () => readJournal(journal),
    });
  });
}

async function schemaOf(version: OldVersion): Promise<string> {
  if (version === "first") {
    const dump = await Deno.readTextFile(new URL("first.sql", SCHEMAS));
    return `set check_function_bodies = off;\n${dump}\nreset check_function_bodies`;
  }
  using file = await Deno.open(new URL(`${version}.sql.gz`, SCHEMAS));
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
}

async function readJournal(path: string): Promise<Note[]> {
  const lines = (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const note = JSON.parse(line);
    return { ...note, run: `${note.taskId}:${note.attempt}` };
  });
}

/** Runs that are in the journal more than once; none should be. */
export function repeated(journal: readonly Note[]): string[] {
  const runs = journal.map(({ what, run }) => `${run} ${what}`);
  return runs.filter((run, index) => runs.indexOf(run) !== index);
}

/** Counts that are not what they should be, as (name, state, counted, really); none should be. */
export async function wrongCounts(database: Database): Promise<unknown[]> {
  return await database.query(`
    select queue_name, task_name, state, coalesce(c.count, 0) as counted, coalesce(t.count, 0) as really
    from (
      select queue_name, task_name, state, sum(change)::int as count from absurd.task_counts group by 1, 2, 3
    ) as c
    full join (
      select queue_name, task_name, state, count(*)::int as count from absurd.tasks group by 1, 2, 3
    ) as t using (queue_name, task_name, state)
    where coalesce(c.count, 0) <> coalesce(t.count, 0)`);
}
