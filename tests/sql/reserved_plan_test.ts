import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { rows, type Session } from "./queue.ts";
import { completeReserved, reserve } from "./reservations.ts";

function spawnMany(session: Session, count: number): Promise<unknown> {
  const params = Array.from({ length: count }, () => ({}));
  return rows(session, "spawn_alike", { task: { "queue_name": "q", "task_name": "work" }, params });
}

/** How many entries of the indexes of ready tasks were read. */
const READ = `
select (pg_stat_get_xact_tuples_returned('absurd.tasks_ready'::regclass)
  + pg_stat_get_xact_tuples_returned('absurd.tasks_ready_by_name'::regclass))::int as read`;

const CALLS: Record<string, string> = {
  completes: "complete_reserved($1, $2, '{1}', '{null}', '{\"{}\"}')",
  claims: "claim_reserved($1, $2)",
  "gives back": "release_reserved($1, $2)",
};

for (const [what, call] of Object.entries(CALLS)) {
  Deno.test(`who ${what} what is reserved looks each task up, though statistics know of none that is ready`, async () => {
    await withDatabase(async (database) => {
      await spawnMany(database, 2_000);
      const { id, tasks } = await reserve(database, 2_000);
      await completeReserved(database, id, tasks.map((task) => [task, null]));
      await database.query("vacuum (analyze) absurd.tasks");
      await spawnMany(database, 2_000);
      const mine = await reserve(database, 500);
      await database.session(async (session) => {
        await session.script("begin");
        const read = async () => (await session.query<{ read: number }>(READ))[0].read;
        const before = await read(); // of the calls before
        await session.query(`select absurd.${call}`, [mine.id, mine.tasks]);
        assert.equal(await read() - before, 0);
        await session.script("rollback");
      });
    });
  });
}
