import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { QUEUE, spawn, spawnGraph, task } from "./queue.ts";

/** Steps that join so many others, each of which has returned so many bytes. */
async function spawnJoins(
  database: Database,
  { parents, joins, bytes }: { parents: number; joins: number; bytes: number },
): Promise<string[]> {
  const names = Array.from({ length: parents }, (_, nth) => `s${nth}`);
  const joining = Array.from({ length: joins }, (_, nth) => `join${nth}`);
  const { tasks } = await spawnGraph(database, {
    ...Object.fromEntries(names.map((name) => [name, []])),
    ...Object.fromEntries(joining.map((name) => [name, names])),
  });
  await database.query(
    `select count(*) from absurd.complete_tasks((
      select json_agg(json_build_object('task_id', c.task_id, 'attempt', c.attempt))
      from absurd.claim_tasks('w1', array[$1], 1000) as c
    ))`,
    [QUEUE],
  );
  await database.query(
    "update absurd.tasks set result = jsonb_build_object('x', repeat('a', $1)) where state = 'completed'",
    [bytes],
  );
  return joining.map((name) => tasks[name]);
}

/** What a claim of up to 100 hands out, and how many bytes of inputs. */
async function claim(database: Database): Promise<{ ids: string[]; bytes: number }> {
  const [row] = await database.query<{ ids: string[] | null; bytes: number }>(
    `select array_agg(c.task_id::text) as ids, coalesce(sum(pg_column_size(c.inputs)), 0)::int as bytes
    from absurd.claim_tasks('w1', array[$1], 100) as c`,
    [QUEUE],
  );
  return { ids: row.ids ?? [], bytes: row.bytes };
}

Deno.test("claim_tasks() fails a task whose inputs nobody could be given, and goes on", async () => {
  await withDatabase(async (database) => {
    const [join] = await spawnJoins(database, { parents: 270, joins: 1, bytes: 1_000_000 });
    const innocent = await spawn(database);
    assert.deepEqual((await claim(database)).ids, [innocent]);
    const { status, attempts } = await task(database, join);
    assert.equal(status, "failed");
    assert.deepEqual([attempts.length, attempts[0].attempt, attempts[0].worker_id, attempts[0].reason], [
      1,
      1,
      "w1",
      "inputs",
    ]);
    assert.match(attempts[0].message, /too large together/);
  });
});

Deno.test("claim_tasks() hands out no more inputs than a worker can hold", async () => {
  await withDatabase(async (database) => {
    await database.query( // the same with less to carry
      "create or replace function absurd._most_input_bytes() returns int language sql immutable as 'select 64000'",
    );
    const joins = await spawnJoins(database, { parents: 25, joins: 5, bytes: 1_000 });
    const first = await claim(database);
    assert.deepEqual(first.ids, joins.slice(0, 2));
    assert.ok(first.bytes > 50_000 && first.bytes < 64_000, `${first.bytes} bytes`);
    assert.deepEqual((await claim(database)).ids, joins.slice(2, 4));
    assert.deepEqual((await claim(database)).ids, joins.slice(4));
  });
});
