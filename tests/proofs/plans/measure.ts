/**
 * How many pages a public call touches, all its inner statements included.
 *
 * @module
 */

import { type Database, type DatabaseSession, json } from "../../../lib/database.ts";
import { spawnWork } from "./populations.ts";

/** Pages by call. */
export type Pages = Readonly<Record<string, number>>;

/** How many tasks a measured call is about. */
const BATCH = 10;

/** A function is planned anew for its first calls, which reads the catalog. */
const WARM_UP = 6;

/** Of so many measurements the least counts: somebody else's changes of a catalog make any call read it again. */
const TIMES = 4;

/**
 * What is measured is undone, and leaves dead rows. The next call would throw them out of its way, but not while any
 * transaction of the server is older, were it in another database (its snapshot takes that one for running): then pages
 * fill up, and updates go to the indexes. So each measurement begins on tidy tables.
 */
const TIDY = `
vacuum absurd.tasks, absurd.task_counts, absurd.workers, absurd.attempts, absurd.event_batches, absurd.dependencies,
  absurd.reservations, absurd.dying_claims, absurd.idempotency_keys, absurd.dead_letters, absurd.workflows,
  absurd.queues, absurd.limits`;

/** Measures each call in a transaction that is undone. */
export async function measure(database: Database): Promise<Pages> {
  const batches: string[] = [];
  const reserved: string[] = [];
  for (let count = 0; count <= TIMES; count++) {
    batches.push(await claimBatch(database));
    reserved.push(...await reserveBatch(database));
  }
  await database.query("select absurd.recover_claims()"); // sums the counters up, as some worker always does
  const calls: Record<string, string> = {
    claim: `absurd.claim_tasks('w', array['q'], ${BATCH}, array['work'])`,
    "claim of any": `absurd.claim_tasks('w', array['q'], ${BATCH})`,
    reserve: `absurd.claim_alike('w', array['q'], ${BATCH}, null, '{}', true)`,
    complete: "absurd.complete_tasks($1::json)",
    heartbeat: "absurd.heartbeat_worker('measured', $1::jsonb)",
    recover: "absurd.recover_claims()",
    statistics: "absurd.get_queue_stats('q')",
  };
  const pages: Record<string, number> = {};
  for (const [name, call] of Object.entries(calls)) {
    pages[name] = await database.session((session) => pagesOf(session, call, batches));
  }
  if (reserved.length > 0) {
    pages["complete reserved"] = await database.session((session) =>
      pagesOf(session, COMPLETE_RESERVED, reserved)
    );
  }
  for (const batch of batches) await database.query("select absurd.release_tasks($1::json)", [batch]);
  await database.query("select absurd.forget_reservations('measured', '{}')");
  return pages;
}

const COMPLETE_RESERVED = `absurd.complete_reserved(
  ($1::jsonb ->> 'reservation_id')::bigint,
  array(select e.id::uuid from jsonb_array_elements_text($1::jsonb -> 'task_ids') as e (id)),
  array[($1::jsonb ->> 'attempt')::int], '{null}', '{"{}"}'
)`;

/** None where limits forbid it. */
async function reserveBatch(database: Database): Promise<string[]> {
  if ((await database.query("select from absurd.limits")).length > 0) return [];
  const [row] = await database.call<Record<string, unknown>>("claim_alike", {
    "worker_id": "measured",
    "queue_names": ["q"],
    limit: BATCH,
    "may_reserve": true,
  });
  if (!row?.reservation_id) throw new Error("Nothing could be reserved");
  return [JSON.stringify(row)];
}

async function claimBatch(database: Database): Promise<string> {
  const held = await database.call<{ "task_id": string; attempt: number }>("claim_tasks", {
    "worker_id": "measured",
    "queue_names": ["q"],
    limit: BATCH,
    "task_names": ["work"],
  });
  return json(held.map(({ task_id, attempt }) => ({ "task_id": task_id, attempt }))).text;
}

/** The first batch is for warming up; once more after each vacuum, which makes the server plan anew. */
async function pagesOf(session: DatabaseSession, call: string, batches: readonly string[]): Promise<number> {
  const pages = (batch: string) => explain(session, call, call.includes("$1") ? [batch] : []);
  const [first, ...rest] = batches;
  for (let times = 0; times < WARM_UP; times++) await pages(first);
  let least = Infinity;
  for (const batch of rest) {
    await session.query(TIDY);
    // With a hint a claim reads less, but by the clock: each looks from the start of the index.
    await session.query("delete from absurd.claim_hints");
    await pages(first);
    least = Math.min(least, await pages(batch));
  }
  return least;
}

/** Makes a call and undoes it. */
async function explain(session: DatabaseSession, call: string, values: string[]): Promise<number> {
  await session.script("begin");
  const [row] = await session.query<{ "QUERY PLAN": { Plan: Record<string, number> }[] }>(
    `explain (analyze, buffers, format json) select * from ${call}`,
    values,
  );
  await session.script("rollback");
  const [{ Plan: plan }] = row["QUERY PLAN"];
  return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
}

/**
 * Measures while another session holds a snapshot from before `jobs` tasks were spawned, claimed and completed, whose
 * old rows no vacuum may remove.
 */
export async function measureBesideOldSnapshot(database: Database, jobs: number): Promise<Pages> {
  return await database.session(async (other) => {
    await other.script("begin isolation level repeatable read; select count(*) from absurd.queues");
    for (let done = 0; done < jobs; done += 200) {
      await spawnWork(database, 200);
      await database.query(`
        select absurd.complete_tasks((
          select json_agg(json_build_object('task_id', c.task_id, 'attempt', c.attempt))
          from absurd.claim_tasks('churn', array['q'], 200, array['work']) as c
        ))`);
    }
    await database.query("vacuum (analyze)");
    const pages = await measure(database);
    await other.script("rollback");
    return pages;
  });
}
