import assert from "node:assert/strict";
import { advanceClock, readClock, resetClock, setClock } from "./clock.ts";
import { emptyDatabase, testDatabase, withDatabase } from "./database.ts";

Deno.test("setClock(), advanceClock() and resetClock() move the time of the schema's functions", async () => {
  await withDatabase(async (database) => {
    await setClock(database, new Date("2026-01-01T00:00:00Z"));
    await advanceClock(database, 90.5);
    assert.equal((await readClock(database)).toISOString(), "2026-01-01T00:01:30.500Z");
    await resetClock(database);
    await advanceClock(database, -3600);
    const offsetSec = ((await readClock(database)).getTime() - Date.now()) / 1000;
    assert.ok(Math.abs(offsetSec + 3600) < 60, `${offsetSec}`);
  });
});

Deno.test("testDatabase() gives each test a database of its own, with the schema, and drops it", async () => {
  await using first = await testDatabase();
  let url: string;
  {
    await using second = await testDatabase();
    url = second.url;
    await second.database.query("create table public.mine ()");
    assert.equal((await first.database.query("select to_regclass('public.mine') as it"))[0].it, null);
    assert.deepEqual(await second.database.query("select to_regclass('absurd.tasks') is not null as it"), [{
      it: true,
    }]);
  }
  const name = new URL(url).pathname.slice(1);
  assert.deepEqual(await first.database.query("select from pg_database where datname = $1", [name]), []);
});

Deno.test("emptyDatabase() gives a database without the schema", async () => {
  await using own = await emptyDatabase();
  assert.deepEqual(await own.database.query("select from pg_namespace where nspname = 'absurd'"), []);
});
