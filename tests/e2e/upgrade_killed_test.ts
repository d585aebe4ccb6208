import assert from "node:assert/strict";
import { checkSchema } from "../../lib/schema_check.ts";
import type { Database } from "../../lib/database.ts";
import { eventually, runCli, startCli } from "../support/process.ts";
import { spawn, value } from "../sql/queue.ts";
import { QUEUE, repeated, withOldVersion } from "./upgrade_support.ts";

/** Stops whoever makes the last comment, when all migrations and functions are done, until the lock is given back. */
const STOP_LATE = `
  create function public.stop_late() returns event_trigger language plpgsql as $$
  begin
    if to_regprocedure('absurd.handshake(int)') is not null then
      perform pg_advisory_xact_lock_shared(7);
    end if;
  end $$;
  create event trigger stop_late on ddl_command_end when tag in ('COMMENT') execute function public.stop_late()`;

/** Whether an installation stands where the trigger stops it. */
async function isStopped(database: Database): Promise<boolean> {
  const waiting = await database.query(`
    select from pg_locks where locktype = 'advisory' and objid = 7 and not granted
      and database = (select oid from pg_database where datname = current_database())`);
  return waiting.length > 0;
}

/** How an installer is lost: it is killed, or it hangs, which to the server is the same as a machine that went down. */
for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
  Deno.test(`an init that gets ${signal} in the middle of an upgrade leaves the old schema at work, and a second one succeeds`, async () => {
    await withOldVersion("first", async ({ database, env, start, go, journal }) => {
      env.ABSURD_LEASE = "60"; // outlives the wait for the tables
      await spawn(database, {}, { name: "running", queue: QUEUE, params: { until: go } });
      await using old = start("first");
      await eventually(async () => (await journal()).length === 1);
      await database.script(STOP_LATE);

      await using first = await database.session(async (holder) => {
        await holder.script("select pg_advisory_lock(7)");
        const init = startCli(["init"], { env });
        await eventually(() => isStopped(database), { timeoutMs: 30_000 });
        init.kill(signal);
        await holder.script("select pg_advisory_unlock(7)");
        return init;
      });
      // Waits for the tables that the server still keeps for the lost one.
      await spawn(database, {}, { name: "after the kill", queue: QUEUE });
      assert.equal(await value<number>(database, "schema_version"), 3);
      await Deno.writeTextFile(go, "");
      await eventually(() => isDone(database));
      assert.equal(await count(database), 2);

      await database.script("drop event trigger stop_late");
      const second = await runCli(["init"], { env });
      assert.equal(second.code, 0, second.stderr);
      assert.deepEqual(await checkSchema(database), []);
      await spawn(database, {}, { name: "after the upgrade", queue: QUEUE });
      await eventually(() => isDone(database));
      assert.equal(await count(database), 3);
      assert.deepEqual(repeated(await journal()), []);
      old.kill("SIGTERM");
      assert.equal((await old.result).code, 0, old.stderr);
      first.kill("SIGKILL");
      assert.equal((await first.result).signal, "SIGKILL");
    });
  });
}

/** Completed tasks. */
async function count(database: Database): Promise<number> {
  const tasks = await database.query(
    "select from absurd.tasks where queue_name = $1 and state = 'completed' and attempt = 1",
    [QUEUE],
  );
  return tasks.length;
}

async function isDone(database: Database): Promise<boolean> {
  const open = await database.query(
    "select from absurd.tasks where queue_name = $1 and state <> 'completed'",
    [QUEUE],
  );
  return open.length === 0;
}
