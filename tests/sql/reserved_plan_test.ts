import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { rows, type Session } from "./queue.ts";
import { completeReserved, reservations, reserve } from "./reservations.ts";

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

Deno.test("dead entries are noted at the newest reservation, by a plan that was made when there was none", async () => {
  await withDatabase(async (database) => {
    await database.query("vacuum absurd.reservations"); // which tells that it is empty
    await database.session(async (session) => {
      // As in claim_alike().
      await session.script("set plan_cache_mode = force_generic_plan; set enable_sort = off");
      const note = () => session.query("select absurd._note_dead_entries('q', 1, 100000, null)");
      await note();
      await spawnMany(database, 3);
      for (let made = 0; made < 3; made++) await reserve(database, 1);
      // Then the newest is the first that a look at the whole table finds.
      await database.query(`
        with gone as (delete from absurd.reservations returning *)
        insert into absurd.reservations overriding system value
        select * from gone order by reservation_id desc`);
      await note();
      assert.deepEqual((await reservations(database)).map((row) => row.dead_entries), ["0", "0", "99996"]);
    });
  });
});
