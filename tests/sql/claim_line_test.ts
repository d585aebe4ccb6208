import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { claim, pidOf, spawn } from "./queue.ts";

async function inLine(database: Database): Promise<boolean> {
  const waiting = await database.query(
    "select from pg_locks where locktype = 'advisory' and not granted and database = " +
      "(select oid from pg_database where datname = current_database())",
  );
  return waiting.length > 0;
}

async function spawnMany(database: Database, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => spawn(database)));
}

Deno.test("a large claim waits for the one before it, a small one does not", async () => {
  await withDatabase(async (database) => {
    await spawnMany(database, 130);
    await database.session(async (session) => {
      await session.script("begin");
      assert.equal((await claim(session, 60)).length, 60);
      const second = claim(database, 60, { worker: "w2" });
      await eventually(() => inLine(database));
      assert.equal((await claim(database, 50, { worker: "w3" })).length, 50);
      await session.script("commit");
      assert.equal((await second).length, 20);
    });
  });
});

/** Waits until whoever is behind `pid` in line has looked whether it moves, which begins his waiting anew. */
async function looksAgain(database: Database, pid: number): Promise<void> {
  const since = async () => {
    const [{ at }] = await database.query<{ at: string | null }>(
      "select max(waitstart)::text as at from pg_locks where locktype = 'advisory' and not granted and pid <> $1",
      [pid],
    );
    return at;
  };
  const before = await eventually(since);
  await eventually(async () => ![null, before].includes(await since()));
}

Deno.test("a large claim waits on while the line moves, however long it is", async () => {
  await withDatabase(async (database) => {
    await spawnMany(database, 180);
    await database.session(async (first) => {
      await first.script("begin");
      assert.equal((await claim(first, 60)).length, 60);
      await database.session(async (second) => {
        const pid = await pidOf(second);
        await second.script("begin");
        const next = claim(second, 60, { worker: "w2" });
        await eventually(() => inLine(database));
        const last = claim(database, 60, { worker: "w3" });
        await looksAgain(database, pid);
        await first.script("commit");
        assert.equal((await next).length, 60);
        await looksAgain(database, pid);
        await second.script("commit");
        assert.equal((await last).length, 60);
      });
    });
  });
});

Deno.test("a large claim takes a few when the line does not move", async () => {
  await withDatabase(async (database) => {
    await spawnMany(database, 130);
    await database.session(async (session) => {
      await session.script("begin");
      assert.equal((await claim(session, 60)).length, 60);
      assert.equal((await claim(database, 60, { worker: "w2" })).length, 50);
      await session.script("rollback");
    });
  });
});

Deno.test("large claims of other queues wait for nobody", async () => {
  await withDatabase(async (database) => {
    await spawn(database, {}, { queue: "other" });
    await database.session(async (session) => {
      await session.script("begin");
      await claim(session, 60);
      assert.equal((await claim(database, 60, { worker: "w2", queues: ["other"] })).length, 1);
      assert.ok(!await inLine(database));
      await session.script("rollback");
    });
  });
});
