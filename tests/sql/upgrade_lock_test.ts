import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { installSchema } from "../../lib/schema.ts";
import { LOCK } from "../../sql/mod.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/process.ts";
import { refused, rows, spawn } from "./queue.ts";
import { withFirstSchema } from "./schemas.ts";

/** Whether anybody waits for a lock on a table. */
async function isAwaited(database: Database): Promise<boolean> {
  const waiting = await database.query(
    "select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())",
  );
  return waiting.length > 0;
}

/** Whether anybody looks from time to time. */
async function isAsleep(database: Database): Promise<boolean> {
  const asleep = await database.query(
    "select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
  );
  return asleep.length > 0;
}

Deno.test("an upgrade and calls that hold tables in another order do not stop each other", async () => {
  await withFirstSchema(async (database) => {
    // As a call does that first looks at its queue, and then at tasks.
    const upgrade = await database.session(async (call) => {
      await call.script("begin; select * from absurd.queues; select * from absurd.dead_letters");
      const upgrade = installSchema(database);
      upgrade.catch(() => {}); // it is told below
      await eventually(() => isAwaited(database));
      await call.script("update absurd.tasks set priority = priority + 1; commit");
      return upgrade;
    });
    assert.ok((await upgrade).applied.length > 0);
  });
});

Deno.test("an upgrade that cannot have a table names who holds it, and changes nothing", async () => {
  await withDatabase(async (database) => {
    const impatient = LOCK.replace("interval '1 minute'", "interval '0.1 seconds'");
    assert.notEqual(impatient, LOCK);
    await database.session(async (reader) => {
      await reader.script(
        "begin; set local application_name = 'a long report'; select * from absurd.schedulers",
      );
      const [{ pid }] = await reader.query<{ pid: number }>("select pg_backend_pid() as pid");
      const error = await refused(
        database.script(impatient),
        "55P03",
        new RegExp(
          `absurd\\.schedulers is held by process ${pid} \\(a long report, in a transaction since 20`,
        ),
      );
      assert.match(error.hint ?? "", new RegExp(`pg_terminate_backend\\(${pid}\\)`));
      await reader.script("rollback");
    });
    await database.script(impatient);
  });
});

Deno.test("counts that calls got wrong which had waited for an upgrade are put right when these have ended", async () => {
  await withDatabase(async (database) => {
    const recounted = await database.session(async (call) => {
      await spawn(database);
      // As the functions of the first schema leave it to a trigger that is gone.
      await call.script("begin; select absurd.spawn_task('q', 'late')");
      await call.script("delete from absurd.task_counts where task_name = 'late'");
      const recounted = database.script("do $$ begin perform absurd._recount_tasks(); end $$");
      await eventually(() => isAsleep(database));
      await call.script("commit");
      return recounted;
    });
    await recounted;
    const [{ ready, claimed }] = await rows(database, "get_queue_stats", { "queue_name": "q" });
    assert.deepEqual({ ready, claimed }, { ready: 2, claimed: 0 });
  });
});

Deno.test("counts are also put right where a call had begun before an upgrade, and came to tasks only after it", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await database.session(async (holder) => {
      await holder.script("select pg_advisory_lock(1)");
      const call = database.script(`do $$
        begin
          perform pg_advisory_xact_lock(1);
          perform absurd.spawn_task('q', 'late');
          delete from absurd.task_counts where task_name = 'late';
        end;
        $$`);
      await eventually(() => isAwaited(database));
      const recounted = database.script("do $$ begin perform absurd._recount_tasks(); end $$");
      await eventually(() => isAsleep(database));
      await holder.script("select pg_advisory_unlock(1)");
      await Promise.all([call, recounted]);
    });
    const [{ ready }] = await rows(database, "get_queue_stats", { "queue_name": "q" });
    assert.equal(ready, 2);
  });
});
