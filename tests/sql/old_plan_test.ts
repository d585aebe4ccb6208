import assert from "node:assert/strict";
import type { Database, DatabaseSession, SqlArgument } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import {
  type Claim,
  claim,
  complete,
  drain,
  failForGood,
  rows,
  type Session,
  spawn,
  spawnGraph,
} from "./queue.ts";

// A session keeps the plans of its first calls. Those of a worker may have been made on an empty database, where every
// index looks as good as any other; a large graph comes, and nobody has told the statistics yet.

/** A call, and what has to be there before. */
interface Call {
  readonly sql: string;
  prepare(session: Session): Promise<SqlArgument[]>;
}

/** Calls that take that they are made while many steps stand around. */
const CALLS: Record<string, Call> = {
  "claim steps behind one": {
    sql: "claim_tasks('w', '{q}', 2)",
    prepare: async (session) => {
      await completeAll(session, await begun(session, 1));
      return [];
    },
  },
  "claim steps behind several": {
    sql: "claim_tasks('w', '{q}', 2)",
    prepare: async (session) => {
      await completeAll(session, await begun(session, 2));
      await completeAll(session, await claim(session, 4));
      return [];
    },
  },
  complete: {
    sql: "complete_tasks($1)",
    prepare: async (session) => [outcomes(await begun(session, 1))],
  },
  fail: {
    sql: "fail_tasks($1)",
    prepare: async (session) => [outcomes(await begun(session, 1), { permanent: true, reason: "error" })],
  },
  cancel: {
    sql: "cancel_tasks($1)",
    prepare: async (session) => [[(await graph(session)).tasks.first]],
  },
  "cancel a workflow": {
    sql: "cancel_workflow($1)",
    prepare: async (session) => [(await graph(session)).workflow],
  },
  retry: {
    sql: "retry_tasks($1)",
    prepare: async (session) => [[await failed(session)]],
  },
  unblock: {
    sql: "unblock_tasks($1)",
    prepare: async (session) => {
      const parent = await failed(session);
      const child = await spawn(session, { "depends_on": [parent], "on_parent_failure": "wait" });
      return [[child]];
    },
  },
  "spawn a child": {
    sql: "spawn_task('q', 'work', '{}', jsonb_build_object('depends_on', jsonb_build_array($1::uuid)))",
    prepare: async (session) => [await spawn(session, {}, { queue: "other" })],
  },
  prune: {
    sql: "prune(0)",
    prepare: async (session) => {
      await graph(session);
      await drain(session);
      return [];
    },
  },
  "read a task": {
    sql: "get_task($1)",
    prepare: async (session) => [(await graph(session)).tasks.last],
  },
  "read a workflow": {
    sql: "get_workflow($1)",
    prepare: async (session) => [(await graph(session)).workflow],
  },
  explain: {
    sql: "explain_task($1)",
    prepare: async (session) => [(await graph(session)).tasks.last],
  },
};

function graph(session: Session) {
  return spawnGraph(session, { first: [], left: ["first"], right: ["first"], last: ["left", "right"] });
}

/** Claims the first steps of so many new graphs. */
async function begun(session: Session, count: number): Promise<Claim[]> {
  for (let made = 0; made < count; made++) await graph(session);
  return await claim(session, count);
}

async function completeAll(session: Session, held: readonly Claim[]): Promise<void> {
  for (const one of held) await complete(session, one);
}

/** A step that failed for good. */
async function failed(session: Session): Promise<string> {
  const [first] = await begun(session, 1);
  await failForGood(session, first);
  return first.id;
}

function outcomes(held: readonly Claim[], more = {}): string {
  return JSON.stringify(held.map(({ id, attempt }) => ({ "task_id": id, attempt, ...more })));
}

/** Pages of each table and index that the session has looked at in its transaction. */
const PAGES = `
select c.relname as relation, pg_stat_get_xact_blocks_fetched(c.oid)::int as pages
from pg_catalog.pg_class as c
where c.relnamespace = 'absurd'::regnamespace and c.relkind in ('r', 'i')`;

/** What a call looks at; it is undone. */
async function pagesOf(
  session: Session,
  { sql }: Call,
  args: SqlArgument[],
): Promise<Record<string, number>> {
  const pages = async () => {
    const found = await session.query<{ relation: string; pages: number }>(PAGES);
    return Object.fromEntries(found.map((row) => [row.relation, row.pages]));
  };
  const before = await pages();
  await session.query(`select from absurd.${sql}`, args);
  const after = await pages();
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - before[name]]));
}

/** Prepares a call, makes it, and undoes both. */
async function measure(session: DatabaseSession, call: Call): Promise<Record<string, number>> {
  await session.script("begin");
  const pages = await pagesOf(session, call, await call.prepare(session));
  await session.script("rollback");
  return pages;
}

/** A function is planned anew for its first calls. */
const WARM_UP = 7;
const WIDTH = 3_000;

/** Graphs in another queue, whose edges fill a hundred pages of each index. Events would be more to prune. */
async function spawnWide(database: Database): Promise<void> {
  await rows(database, "set_queue_events", { "queue_name": "wide", keep: false });
  const middle = Array.from({ length: WIDTH }, (_, index) => `s${index}`);
  const steps = Object.fromEntries(middle.map((name) => [name, ["first"]]));
  for (let count = 0; count < 3; count++) {
    await spawnGraph(database, { first: [], ...steps, last: middle }, { "queue_name": "wide" });
  }
}

/** Tables and indexes of which a call looks at many more pages than it did before. */
function worse(before: Record<string, number>, now: Record<string, number>): [string, number, number][] {
  return Object.keys(now)
    .filter((relation) => now[relation] > 3 * before[relation] + 20)
    .map((relation) => [relation, before[relation], now[relation]]);
}

for (const [name, call] of Object.entries(CALLS)) {
  Deno.test(`${name}: as few things are looked up among many, by plans of before and by new ones`, async () => {
    await withDatabase(async (database) => {
      await database.session(async (session) => {
        const warmUp = async () => {
          for (let time = 1; time < WARM_UP; time++) await measure(session, call);
          return await measure(session, call);
        };
        await spawn(session);
        await drain(session); // the first plans of a worker
        const few = await warmUp();
        await spawnWide(database);
        assert.deepEqual(worse(few, await measure(session, call)), []);
        await database.query("analyze"); // which has all planned anew
        assert.deepEqual(worse(few, await warmUp()), []);
      });
    });
  });
}
