/**
 * How many pages a public call touches, all its inner statements included.
 *
 * @module
 */

import { type Database, type DatabaseSession, json } from "../../../lib/database.ts";
import { spawnWork } from "./populations.ts";

/** Pages by call. */
export type Pages = Readonly<Record<string, number>>;

/** How many claims a measured call is about. */
const BATCH = 10;

/** A function is planned anew for its first calls, which reads the catalog. */
const WARM_UP = 6;

/** Measures each call in a transaction that is undone. */
export async function measure(database: Database): Promise<Pages> {
  const held = await database.call<{ "task_id": string; attempt: number }>("claim_tasks", {
    "worker_id": "measured",
    "queue_names": ["q"],
    limit: BATCH,
    "task_names": ["work"],
  });
  const claims = json(held.map(({ task_id, attempt }) => ({ "task_id": task_id, attempt }))).text;
  const calls: Record<string, [string, unknown[]]> = {
    claim: [`absurd.claim_tasks('w', array['q'], ${BATCH}, array['work'])`, []],
    complete: ["absurd.complete_tasks($1::json)", [claims]],
    heartbeat: ["absurd.heartbeat_worker('measured', $1::jsonb)", [claims]],
    recover: ["absurd.recover_claims()", []],
    statistics: ["absurd.get_queue_stats('q')", []],
  };
  const pages: Record<string, number> = {};
  await database.session(async (session) => {
    for (const [name, [call, values]] of Object.entries(calls)) {
      pages[name] = await pagesOf(session, call, values);
    }
  });
  await database.query("select absurd.release_tasks($1::json)", [claims]);
  return pages;
}

async function pagesOf(session: DatabaseSession, call: string, values: unknown[]): Promise<number> {
  let least = Infinity;
  for (let times = 0; times < WARM_UP + 3; times++) {
    await session.script("begin");
    const [row] = await session.query<{ "QUERY PLAN": { Plan: Record<string, number> }[] }>(
      `explain (analyze, buffers, format json) select * from ${call}`,
      values as string[],
    );
    await session.script("rollback");
    const [{ Plan: plan }] = row["QUERY PLAN"];
    if (times >= WARM_UP) least = Math.min(least, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]);
  }
  return least;
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
