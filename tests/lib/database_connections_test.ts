import assert from "node:assert/strict";
import { type Database, openDatabase } from "../../lib/database.ts";
import { Connections } from "../../lib/database_connections.ts";
import { makePool, routesTo } from "../../lib/database_driver.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/process.ts";

const NAME = "connections under test";

/** Server processes of the connections of a test. */
async function processes(database: Database): Promise<number[]> {
  const rows = await database.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = $1 order by pid",
    [NAME],
  );
  return rows.map(({ pid }) => pid);
}

/** Runs `test` with connections, of `max` at most, that are closed when nobody has used them for `idleMs`. */
async function withConnections(
  { max = 2, idleMs = 60_000 }: { max?: number; idleMs?: number },
  test: (connections: Connections, database: Database) => Promise<void>,
): Promise<void> {
  await withDatabase(async (database, url) => {
    const pool = makePool(routesTo(url, NAME, "ABSURD_DATABASE_URL"), max);
    const connections = new Connections(pool, idleMs);
    try {
      await test(connections, database);
    } finally {
      await connections.close();
    }
    await eventually(async () => (await processes(database)).length === 0);
  });
}

Deno.test("Connections keep the one at hand that was used last, and the others in the pool", async () => {
  await withConnections({}, async (connections) => {
    const [first, second] = [await connections.take(), await connections.take()];
    assert.equal(connections.takeAtHand(), undefined);
    connections.giveBack(first);
    connections.giveBack(second);
    assert.equal(connections.takeAtHand(), second);
    assert.equal(await connections.take(), first);
    connections.giveBack(first);
    connections.giveBack(second);
  });
});

Deno.test("Connections are handed to those who wait for one, not kept at hand", async () => {
  await withConnections({ max: 1 }, async (connections) => {
    const only = await connections.take();
    const waiting = connections.take();
    connections.giveBack(only);
    assert.equal(connections.takeAtHand(), undefined);
    assert.equal(await waiting, only);
    connections.giveBack(only);
    assert.equal(await connections.take(), only);
    connections.giveBack(only);
  });
});

Deno.test("Connections forget the one at hand when it breaks, and one that is given back broken", async () => {
  await withConnections({}, async (connections, database) => {
    const first = await connections.take();
    connections.giveBack(first);
    const [pid] = await processes(database);
    await database.query("select pg_terminate_backend($1)", [pid]);
    await eventually(async () => (await processes(database)).length === 0);
    const second = await eventually(async () => {
      const next = await connections.take();
      if (next !== first) return next;
      connections.giveBack(next); // its end is not told yet
    });
    assert.deepEqual((await second.query("select 1 as one")).rows, [{ one: 1 }]);
    connections.giveBack(second, true);
    assert.equal(connections.takeAtHand(), undefined);
  });
});

Deno.test("Connections hand none of those out that were there when one did not answer", async () => {
  await withConnections({}, async (connections, database) => {
    const [first, second] = [await connections.take(), await connections.take()];
    connections.giveBack(first);
    const old = await processes(database);
    connections.distrust();
    connections.giveBack(second); // at hand
    assert.equal(connections.takeAtHand(), undefined);
    const fresh = await connections.take();
    assert.ok(fresh !== first && fresh !== second);
    connections.giveBack(fresh);
    assert.equal(connections.takeAtHand(), fresh);
    connections.giveBack(fresh);
    await eventually(async () => !(await processes(database)).some((pid) => old.includes(pid)));
  });
});

Deno.test("Connections close the one at hand when nobody has used it for long", async () => {
  await withConnections({ idleMs: 100 }, async (connections, database) => {
    connections.giveBack(await connections.take());
    await eventually(async () => (await processes(database)).length === 0);
    assert.equal(connections.takeAtHand(), undefined);
  });
});

Deno.test("calls and sessions on one connection wait for each other, and never for ever", async () => {
  await withDatabase(async (_database, url) => {
    await using database = openDatabase({ url, maxConnections: 1 });
    for (let round = 0; round < 20; round++) {
      const found = await Promise.all([
        database.query("select 1 as n"),
        database.session((session) => session.query("select 1 as n")),
        database.query("select 1 as n"),
      ]);
      assert.deepEqual(found.flat(), [{ n: 1 }, { n: 1 }, { n: 1 }]);
      assert.deepEqual(await database.session((session) => session.query("select 2 as n")), [{ n: 2 }]);
      assert.deepEqual(await database.query("select 3 as n"), [{ n: 3 }]);
    }
  });
});
