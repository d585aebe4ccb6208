import assert from "node:assert/strict";
import { checkCatalog, checkFiles } from "../../scripts/check_sql.ts";
import { withDatabase } from "../support/database.ts";

Deno.test("all SQL keeps the rules of catalog and text", async () => {
  await withDatabase(async (database) => {
    assert.deepEqual([...await checkFiles(), ...await checkCatalog(database)], []);
  });
});

Deno.test("checkCatalog() names what breaks a rule", async () => {
  await withDatabase(async (database) => {
    await database.script(`
      create function absurd._bad(id int) returns int language sql security definer as 'select id';
      create table absurd.loose (a int check (a > 0));
      grant select on absurd.loose to public;
      set check_function_bodies = off;
      create function absurd._broken() returns int language sql set search_path = pg_catalog, pg_temp as 'select no_such_column';
      revoke all on function absurd._broken() from public;
      comment on function absurd._broken() is 'A body that cannot run.';
    `);
    assert.deepEqual(await checkCatalog(database), [
      "absurd._bad(integer) has no search_path of its own",
      "column absurd.loose.a has no comment",
      "function absurd._bad(integer) has no comment",
      "table absurd.loose has no comment",
      "absurd._bad(integer): id has an argument whose name does not begin with p_",
      "function absurd._bad(integer) is open to everybody",
      "table absurd.loose is open to everybody",
      "absurd._bad(integer) is internal, but runs with its owner's rights or is granted to somebody",
      "loose_a_check of absurd.loose has a constraint that is not named after its rule",
      'absurd._broken(): column "no_such_column" does not exist',
    ]);
  });
});
