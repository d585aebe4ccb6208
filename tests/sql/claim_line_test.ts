import assert from "node:assert/strict";
import { type Database, type DatabaseSession, openDatabase } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { claim, pidOf, type Row, spawn } from "./queue.ts";
import { ask } from "./reservations.ts";

/** How many wait for their turn. */
async function waiting(database: Database): Promise<number> {
  const locks = await database.query(
    "select from pg_locks where locktype = 'advisory' and not granted and database = " +
      "(select oid from pg_database where datname = current_database())",
  );
  return locks.length;
}

async function spawnMany(database: Database, count: number, options: Row = {}): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => spawn(database, options)));
}

Deno.test("a large claim waits where two are under way, a small one does not", async () => {
  await withDatabase(async (database) => {
    await spawnMany(database, 190);
    await database.session((first) =>
      database.session(async (second) => {
        for (const session of [first, second]) {
          await session.script("begin");
          assert.equal((await claim(session, 60)).length, 60);
        }
        const third = claim(database, 60, { worker: "w3" });
        await eventually(async () => await waiting(database) === 1);
        assert.equal((await claim(database, 50, { worker: "w4" })).length, 50);
        await first.script("commit");
        assert.equal((await third).length, 20);
        await second.script("commit");
      })
    );
  });
});

/** Takes the first place in lines of two, in a transaction; one that is taken is waited for. */
async function stand(session: DatabaseSession, lanes: readonly number[] = [0, 1]): Promise<void> {
  await session.script("begin");
  for (const lane of lanes) {
    await session.query("select pg_advisory_xact_lock(hashtextextended('absurd claims q', 0) + $1)", [lane]);
  }
}

/** Waits until the claim of `pid` has looked whether its line moves, which begins its waiting anew. */
async function looksAgain(database: Database, pid: number): Promise<void> {
  const since = async () => {
    const [row] = await database.query<{ at: string | null }>(
      "select waitstart::text as at from pg_locks where locktype = 'advisory' and not granted and pid = $1",
      [pid],
    );
    return row?.at ?? null;
  };
  const before = await eventually(since);
  await eventually(async () => ![null, before].includes(await since()));
}

Deno.test("a large claim waits on while the lines move, however long they are", async () => {
  await withDatabase(async (database, url) => {
    await spawnMany(database, 60);
    await using others = openDatabase({ url });
    await others.session((first) =>
      others.session((left) =>
        others.session((right) =>
          database.session(async (last) => {
            const pid = await pidOf(last);
            await stand(first);
            const next = [stand(left, [0]), stand(right, [1])];
            await eventually(async () => await waiting(database) === 2);
            const claimed = claim(last, 60);
            await looksAgain(database, pid);
            await looksAgain(database, pid);
            await first.script("commit");
            await Promise.all(next);
            await looksAgain(database, pid);
            await left.script("commit");
            await right.script("commit");
            assert.equal((await claimed).length, 60);
          })
        )
      )
    );
  });
});

Deno.test("a large claim takes a few when neither line moves", async () => {
  await withDatabase(async (database) => {
    await spawnMany(database, 60);
    await database.session(async (session) => {
      await stand(session);
      assert.equal((await claim(database, 60, { worker: "w2" })).length, 50);
      await session.script("rollback");
    });
  });
});

Deno.test("large claims of other queues wait for nobody", async () => {
  await withDatabase(async (database) => {
    await spawn(database, {}, { queue: "other" });
    await database.session(async (session) => {
      await stand(session);
      assert.equal((await claim(database, 60, { worker: "w2", queues: ["other"] })).length, 1);
      assert.equal(await waiting(database), 0);
      await session.script("rollback");
    });
  });
});

Deno.test("who wanted to reserve in vain, and stands in line then, holds up nobody", async () => {
  await withDatabase(async (database) => {
    await spawnMany(database, 120, { "max_retries": 1 });
    await database.session(async (first) => {
      await stand(first);
      const asked = ask(database, 60, { worker: "w2" });
      await eventually(async () => await waiting(database) === 1);
      assert.equal((await claim(first, 60)).length, 60);
      await first.script("commit");
      const { id, tasks } = await asked;
      assert.deepEqual([id, tasks.length], [null, 60]);
    });
  });
});
