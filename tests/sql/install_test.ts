import assert from "node:assert/strict";
import { InvalidArgumentError, SchemaError } from "../../lib/errors.ts";
import { installSchema } from "../../lib/schema.ts";
import { checkSchema, planInstallation } from "../../lib/schema_check.ts";
import { schemaSql } from "../../lib/schema_script.ts";
import { SCHEMA_VERSION } from "../../lib/version.ts";
import { emptyDatabase, withDatabase } from "../support/database.ts";
import { refused, spawn, task, value } from "./queue.ts";

Deno.test("installSchema() installs, and changes nothing the second time", async () => {
  await using own = await emptyDatabase();
  const first = await installSchema(own.database);
  assert.deepEqual([first.version, first.created, first.applied.length], [
    SCHEMA_VERSION,
    true,
    SCHEMA_VERSION,
  ]);
  assert.match(first.applied[0], /^0001_/);
  const id = await spawn(own.database);
  assert.deepEqual(await installSchema(own.database), {
    version: SCHEMA_VERSION,
    applied: [],
    created: false,
    added: [],
    functionsDiffered: false,
    mended: [],
    unmended: [],
  });
  assert.equal((await task(own.database, id)).state, "ready");
  assert.equal(await value<number>(own.database, "schema_version"), SCHEMA_VERSION);
});

Deno.test("installSchema() takes a schema that an administrator made beforehand", async () => {
  await using own = await emptyDatabase();
  await own.database.script("create schema absurd");
  assert.equal((await installSchema(own.database)).created, true);
});

Deno.test("installSchema() refuses a schema absurd of somebody else, and leaves it alone", async () => {
  await using own = await emptyDatabase();
  await own.database.script("create schema absurd; create table absurd.queues (queue_name text primary key)");
  for (const options of [{}, { reset: true }]) {
    const error = await installSchema(own.database, options).then(() => null, (reason) => reason);
    assert.ok(error instanceof SchemaError, `${error}`);
    assert.match(error.message, /belongs to something else/);
    assert.match(error.hint ?? "", /another database/);
  }
  assert.deepEqual(await own.database.query("select to_regclass('absurd.tasks') as it"), [{ it: null }]);
});

Deno.test("installSchema() refuses a schema that is newer than it knows", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  await own.database.query("insert into absurd.migrations (version, name) values (999, 'from the future')");
  const error = await installSchema(own.database).then(() => null, (reason) => reason);
  assert.ok(error instanceof SchemaError, `${error}`);
  assert.match(error.message, /version 999, newer than/);
  assert.match((await checkSchema(own.database))[0], /version 999, newer than/);
});

Deno.test("installSchema() leaves nothing behind when it fails half-way", async () => {
  await using own = await emptyDatabase();
  await own.database.script("create schema sky; create table sky.sources (other int)");
  await assert.rejects(installSchema(own.database, { with: ["sky"] }));
  assert.deepEqual(await own.database.query("select to_regnamespace('absurd') as it"), [{ it: null }]);
});

Deno.test("installSchema() with reset drops all tasks first", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  const id = await spawn(own.database);
  assert.equal((await installSchema(own.database, { reset: true })).created, true);
  assert.equal(await task(own.database, id), null);
});

Deno.test("installSchema() refuses an extra that it does not know", async () => {
  await using own = await emptyDatabase();
  await assert.rejects(installSchema(own.database, { with: ["sea"] }), (error: Error) => {
    assert.ok(error instanceof InvalidArgumentError);
    assert.match(error.message, /"sea"/);
    assert.match(error.hint ?? "", /sky/);
    return true;
  });
});

Deno.test("checkSchema() finds nothing after an installation, and says so when there is none", async () => {
  await using own = await emptyDatabase();
  assert.deepEqual(await checkSchema(own.database), ["Schema absurd is not installed"]);
  await installSchema(own.database, { with: ["sky"] });
  assert.deepEqual(await checkSchema(own.database), []);
});

Deno.test("checkSchema() names each thing that was altered by hand", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  await own.database.script(`
    create or replace function absurd._max_bytes() returns int language sql immutable set search_path = pg_catalog, pg_temp
      as 'select 5';
    alter function absurd.get_task(uuid) security invoker;
    create function absurd.mine() returns int language sql as 'select 1';
    drop index absurd.tasks_ready;
    alter table absurd.task_logs drop constraint chunk_is_bounded;
    alter table absurd.queues add column mine int;
    create function public.noop() returns trigger language plpgsql as 'begin return new; end';
    create trigger mine after insert on absurd.tasks for each row execute function public.noop();
  `);
  assert.deepEqual(await checkSchema(own.database), [
    "Schema absurd lacks its constraint chunk_is_bounded of absurd.task_logs",
    "Schema absurd has another function absurd._max_bytes() than was installed",
    "Schema absurd has another function absurd.get_task(uuid) than was installed",
    "Schema absurd has a function absurd.mine() that was not installed",
    "Schema absurd lacks its index absurd.tasks_ready",
    "Schema absurd has another table absurd.queues than was installed",
    "Schema absurd has a trigger mine of absurd.tasks that was not installed",
  ]);
});

Deno.test("installSchema() puts functions and privileges right, and goes on telling what it does not mend", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  await own.database.script(`
    alter function absurd.get_task(uuid) security invoker;
    create function absurd._mine() returns int language sql as 'select 1';
    create function absurd.mine() returns int language sql as 'select 1';
    grant update (state) on absurd.tasks to public;
    drop index absurd.tasks_ready;
    create index mine on absurd.tasks (error);
    alter table absurd.tasks disable trigger all;
    alter table absurd.tasks alter column priority set default 7;
  `);
  const mended = [
    "function absurd._mine()",
    "function absurd.get_task(uuid)",
    "privileges of table absurd.tasks",
  ];
  const problems = [
    "Schema absurd has a function absurd.mine() that was not installed",
    "Schema absurd has a index absurd.mine that was not installed",
    "Schema absurd lacks its index absurd.tasks_ready",
    "Schema absurd has another table absurd.tasks than was installed",
    "Schema absurd has another trigger tasks_deleted_are_counted of absurd.tasks than was installed",
  ];
  const planned = await planInstallation(own.database);
  const first = await installSchema(own.database);
  for (const result of [planned, first]) {
    assert.deepEqual(result.mended, mended);
    assert.deepEqual(result.unmended.map(({ problem }) => problem), problems);
  }
  assert.deepEqual(await checkSchema(own.database), problems);
  await own.database.script(schemaSql());
  assert.deepEqual(await checkSchema(own.database), problems, "the script does the same");

  await own.database.script(`
    drop function absurd.mine();
    drop index absurd.mine;
    create index tasks_ready on absurd.tasks (queue_name, priority desc, task_id) where state = 'ready';
    alter table absurd.tasks enable trigger all;
    alter table absurd.tasks alter column priority set default 0;
  `);
  assert.deepEqual(await checkSchema(own.database), []);
  const { mended: after, unmended } = await installSchema(own.database);
  assert.deepEqual([after, unmended], [[], []]);
});

Deno.test("installSchema() tells statements that make indexes and triggers what they were", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  const objects = await own.database.query<{ drop: string; alter: string | null }>(`
    select format('drop index %s', i.indexrelid::regclass) as drop, null as alter from pg_index as i
    where i.indrelid in (select c.oid from pg_class as c where c.relnamespace = 'absurd'::regnamespace)
      and not exists (select from pg_constraint as k where k.conindid = i.indexrelid)
    union all
    select format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass),
      format('alter table %s disable trigger %I', t.tgrelid::regclass, t.tgname)
    from pg_trigger as t
    where not t.tgisinternal`);
  assert.ok(objects.length > 10);
  for (const statements of [objects.map((object) => object.drop), objects.map(({ alter }) => alter ?? "")]) {
    await own.database.script(statements.join(";"));
    const { unmended } = await installSchema(own.database);
    assert.equal(unmended.length, statements.filter((statement) => statement !== "").length);
    await own.database.script(unmended.map(({ remedy }) => remedy).join("\n"));
    assert.deepEqual(await checkSchema(own.database), []);
  }
});

Deno.test("installSchema() tells what was altered by hand also when it runs migrations", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  await own.database.script(`
    alter table absurd.tasks alter column priority set default 7;
    drop table absurd.freeing cascade;
    alter table absurd.reservations drop column parent_id;
    drop table absurd.retention cascade;
    delete from absurd.migrations where version >= 23`);
  const { applied, mended, unmended } = await installSchema(own.database);
  assert.deepEqual(applied, ["0023_freeing", "0024_reserved_children", "0025_retention"]);
  assert.ok(mended.includes("table absurd.freeing"), `${mended}`);
  // Of reservations nobody can know whether the migration has put them right.
  const [reservations, tasks] = ["reservations", "tasks"].map((table) =>
    `Schema absurd has another table absurd.${table} than was installed`
  );
  const remedy = "Make it what sql/schema.sql of this version says";
  assert.deepEqual(unmended, [{ problem: reservations, remedy }, { problem: tasks, remedy }]);
  assert.deepEqual(await checkSchema(own.database), [tasks]);
});

Deno.test("checkSchema() reports a clock that was replaced", async () => {
  await withDatabase(async (database) => {
    assert.deepEqual(await checkSchema(database), [
      "The clock was replaced: absurd.clock(), which every time of the queue comes from, is not what was installed",
    ]);
  });
});

Deno.test("checkSchema() reports functions of another version of the package", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  await own.database.query(
    "update absurd.installed_objects set fingerprint = 'other' where object = 'package'",
  );
  assert.deepEqual(await checkSchema(own.database), [
    "The functions of schema absurd are those of another version of this program",
  ]);
});

Deno.test("schemaSql() is one script that may run again", async () => {
  await using own = await emptyDatabase();
  const sql = schemaSql({ with: ["sky"] });
  await own.database.script(sql);
  const id = await spawn(own.database);
  await own.database.script(sql);
  assert.equal((await task(own.database, id)).state, "ready");
  assert.deepEqual(await checkSchema(own.database), []);
});

Deno.test("checkSchema() names owners and privileges that were altered by hand", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  await own.database.script(`
    grant insert on absurd.tasks to public;
    grant execute on function absurd.cancel_task(uuid, text) to public;
    alter schema absurd owner to pg_database_owner`);
  assert.deepEqual(await checkSchema(own.database), [
    "The privileges of function absurd.cancel_task(uuid,text) are not those that were installed",
    "The privileges of schema absurd are not those that were installed",
    "The privileges of table absurd.tasks are not those that were installed",
  ]);
});

Deno.test("an extra that was installed is checked, and brought up to date by later installations", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database, { with: ["sky"] });
  const { name } = (await own.database.query<{ name: string }>(
    "select oid::regprocedure::text as name from pg_proc where oid = 'sky.list_sources'::regproc",
  ))[0];
  await own.database.script(`alter function ${name} security invoker`);
  const problem = `Schema absurd has another function ${name} than was installed`;
  assert.deepEqual(await checkSchema(own.database), [problem]);
  await installSchema(own.database);
  assert.deepEqual(await checkSchema(own.database), []);
});

Deno.test("an extra that nobody asked for is not installed", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database);
  assert.deepEqual(await own.database.query("select to_regnamespace('sky') as it"), [{ it: null }]);
});

Deno.test("installSchema() with reset installs again what was installed besides", async () => {
  await using own = await emptyDatabase();
  await installSchema(own.database, { with: ["sky"] });
  await installSchema(own.database, { reset: true });
  assert.deepEqual(await own.database.query("select sink_name from absurd.sinks"), [{ "sink_name": "sky" }]);
  assert.deepEqual(await checkSchema(own.database), []);
});

Deno.test("planInstallation() says what an installation would do, and changes nothing", async () => {
  await using own = await emptyDatabase();
  const empty = await planInstallation(own.database, { with: ["sky"] });
  assert.deepEqual([empty.installedVersion, empty.version, empty.created], [0, SCHEMA_VERSION, true]);
  assert.equal(empty.applied.length, SCHEMA_VERSION);
  assert.deepEqual([empty.extras, empty.droppedTasks], [["sky"], null]);
  assert.deepEqual(await own.database.query("select to_regnamespace('absurd') as it"), [{ it: null }]);

  await installSchema(own.database, { with: ["sky"] });
  await spawn(own.database);
  const full = {
    installedVersion: SCHEMA_VERSION,
    version: SCHEMA_VERSION,
    applied: [] as string[],
    created: false,
    functionsDiffer: false,
    mended: [],
    unmended: [],
    roles: [],
    extras: ["sky"],
    droppedTasks: null as number | null,
  };
  assert.deepEqual(await planInstallation(own.database), full);
  const { applied, ...reset } = await planInstallation(own.database, { reset: true });
  assert.deepEqual({ ...reset, applied: [] }, {
    ...full,
    created: true,
    functionsDiffer: true,
    droppedTasks: 1,
  });
  assert.equal(applied.length, SCHEMA_VERSION);

  await own.database.script(`
    update absurd.installed_objects set fingerprint = 'other' where object = 'package';
    delete from absurd.migrations where version = ${SCHEMA_VERSION}`);
  const older = await planInstallation(own.database);
  assert.deepEqual([older.installedVersion, older.applied.length, older.functionsDiffer], [
    SCHEMA_VERSION - 1,
    1,
    true,
  ]);
});

Deno.test("planInstallation() refuses what an installation would refuse", async () => {
  await using own = await emptyDatabase();
  await own.database.script("create schema absurd; create table absurd.queues (queue_name text primary key)");
  await assert.rejects(planInstallation(own.database), /belongs to something else/);
  await own.database.script("drop schema absurd cascade");
  await installSchema(own.database);
  await own.database.query("insert into absurd.migrations (version, name) values (999, 'from the future')");
  await assert.rejects(planInstallation(own.database), /version 999, newer than/);
  await assert.rejects(planInstallation(own.database, { with: ["sea"] }), /"sea"/);
});

Deno.test("handshake() refuses programs that do not go together with the schema, either way", async () => {
  await withDatabase(async (database) => {
    assert.equal(
      await value<number>(database, "handshake", { "client_version": SCHEMA_VERSION }),
      SCHEMA_VERSION,
    );
    const next = { "client_version": SCHEMA_VERSION + 1 };
    const older = await refused(
      value(database, "handshake", next),
      "TQ007",
      /older than the \d+ that this program/,
    );
    assert.equal(older.hint, "Run: absurd init");
    await database.script(`
      create or replace function absurd._oldest_client_version() returns int language sql as 'select 900';
      insert into absurd.migrations (version, name) values (999, 'from the future')`);
    const now = { "client_version": SCHEMA_VERSION };
    const newer = await refused(
      value(database, "handshake", now),
      "TQ007",
      /version 999 takes none older than 900/,
    );
    assert.equal(newer.hint, "Update absurd on this machine.");
  });
});

Deno.test("handshake() welcomes an older program that a newer schema still serves", async () => {
  await withDatabase(async (database) => {
    await database.query("insert into absurd.migrations (version, name) values (999, 'from the future')");
    assert.equal(await value<number>(database, "handshake", { "client_version": SCHEMA_VERSION }), 999);
  });
});
