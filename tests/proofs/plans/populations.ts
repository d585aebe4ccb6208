/**
 * Rows in bulk, of the kinds that no claim should have to walk over. Written past the functions of the schema, because a
 * million calls would take too long; every constraint but foreign keys is checked.
 *
 * @module
 */

import type { Database } from "../../../lib/database.ts";

/** A kind of row that stands around. */
export interface Population {
  /** What the rows are. */
  readonly name: string;
  /** Where they stand. */
  readonly queue: string;
  /** Expressions over `i`, the number of the row. */
  readonly columns: Readonly<Record<string, string>>;
  /** SQL for what belongs to the rows. */
  readonly also?: string;
}

const FINISHED = {
  state: "(array['completed', 'failed', 'cancelled'])[1 + i % 3]",
  attempt: "1",
  "finished_at": "now()",
  "worker_id": "'old'",
  "claimed_at": "now()",
  "heartbeat_at": "now()",
  "error_reason": "case when i % 3 = 1 then 'error' end",
};

/** All kinds. The rows of higher priority stand in front of those that are claimed. */
export const POPULATIONS: readonly Population[] = [
  { name: "finished", queue: "q", columns: FINISHED },
  { name: "scheduled", queue: "q", columns: { state: "'scheduled'", "run_at": "now() + interval '1 day'" } },
  {
    name: "blocked",
    queue: "q",
    columns: { state: "'blocked'", "open_parents": "1", depth: "1" },
    also: `insert into absurd.dependencies (task_id, parent_id)
      select t.task_id, (select p.task_id from absurd.tasks as p where p.queue_name = 'parents')
      from absurd.tasks as t where t.state = 'blocked'`,
  },
  {
    name: "paused",
    queue: "resting",
    columns: { state: "'ready'" },
    also: "select absurd.pause_queue('resting')",
  },
  {
    name: "at a limit",
    queue: "q",
    columns: { state: "'ready'", "task_name": "'full'" },
    also: "select absurd.set_limit(0, null, 'full')",
  },
  { name: "not offered", queue: "q", columns: { state: "'ready'", "task_name": "'other'" } },
];

/** Fills a database with `count` rows of a kind, and 100 ready tasks named work, and tidies up. */
export async function populate(database: Database, kind: Population, count: number): Promise<void> {
  const columns: Record<string, string> = {
    "task_id": "absurd._new_id()",
    "queue_name": `'${kind.queue}'`,
    "task_name": "'work'",
    priority: "5",
    "run_at": "now()",
    "created_at": "now()",
    "max_retries": "3",
    "timeout_sec": "3600",
    "backoff_base_sec": "5",
    "backoff_cap_sec": "900",
    status:
      `case when ${kind.columns.state} in ('ready', 'scheduled', 'blocked') then 'pending' else ${kind.columns.state} end`,
    ...kind.columns,
  };
  await database.query("select absurd.spawn_task('parents', 'work')");
  await database.script(`
    insert into absurd.tasks (${Object.keys(columns).join(", ")})
    select ${Object.values(columns).join(", ")} from generate_series(1, ${count}) as i;
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select t.queue_name, t.task_name, t.state, count(*) from absurd.tasks as t where t.queue_name <> 'parents'
    group by t.queue_name, t.task_name, t.state;
    set session_replication_role = replica;
    ${kind.also ?? "select"};
    set session_replication_role = origin;
    insert into absurd.queues (queue_name, created_at) values ('${kind.queue}', now()) on conflict do nothing`);
  await spawnWork(database, 100);
  await tidy(database);
}

/** Spawns tasks for the measured calls. */
export async function spawnWork(database: Database, count: number): Promise<void> {
  await database.query(
    `select absurd.spawn_tasks((
      select json_agg(json_build_object('queue_name', 'q', 'task_name', 'work')) from generate_series(1, $1)
    ))`,
    [count],
  );
}

/** What autovacuum would do by and by. */
export async function tidy(database: Database): Promise<void> {
  await database.query("vacuum (analyze)");
}
