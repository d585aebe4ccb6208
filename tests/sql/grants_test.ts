import assert from "node:assert/strict";
import { type Database, openDatabase } from "../../lib/database.ts";
import { NotAllowedError } from "../../lib/errors.ts";
import { installSchema } from "../../lib/schema.ts";
import { emptyDatabase } from "../support/database.ts";
import { type Role, ROLES, withRoles } from "../support/roles.ts";
import { type Row, spawn } from "./queue.ts";

/** What every program calls first. */
const COMMON = /^absurd\.(clock|schema_version|handshake|diagnose|get_task|get_workflow|follow_events)$/;
const LOOKING =
  /^absurd\.(get|list|find|read|explain|follow|report)_|^absurd\.(stamp_events|event_cursor)$|^sky\.(list_|light_curve$)/;

/** Whether a role may call a function, by its name. */
const MAY_CALL: Readonly<Record<Role, (name: string) => boolean>> = {
  producer: (name) => /^absurd\.spawn_/.test(name),
  worker: (name) =>
    /^absurd\.((de)?register_(worker|scheduler)|claim_(tasks?|alike)|heartbeat_|(complete|fail)_tasks?|complete_claims|(release|acknowledge)_tasks)/
      .test(name) ||
    /^absurd\.((complete|claim|release|count)_reserved|forget_reservations)$/.test(name) ||
    /^absurd\.(report_progress|append_logs|recover_claims|prune|list_tasks|get_queue_stats)$/.test(name) ||
    /^absurd\.(due_schedules|fire_schedule|fail_schedule)$/.test(name),
  reader: (name) => LOOKING.test(name) && name !== "absurd.report_progress",
  // everything but what belongs to the schema's owner
  operator: (name) => LOOKING.test(name) || /^absurd\.[a-z]/.test(name) && !/_sink$/.test(name),
};

const FORBIDDEN = "42501";
/** What a mistake in a statement of this test would be. */
const MISTAKES = ["42601", "42883", "42P01"];

/** Runs statements one after the other, each of which is undone, and returns those that were not forbidden. */
async function allowedOf(user: Database, statements: readonly string[]): Promise<string[]> {
  return await user.session(async (session) => {
    await session.query("select set_config('test.statements', $1, false)", [JSON.stringify(statements)]);
    await session.script(`do $$
      declare
        v_statement text;
        v_states text[] := '{}';
      begin
        for v_statement in select json_array_elements_text(current_setting('test.statements')::json) loop
          begin
            execute v_statement;
            raise 'undone' using errcode = 'P0002';
          exception when others then
            v_states := v_states || sqlstate;
          end;
        end loop;
        perform set_config('test.states', array_to_json(v_states)::text, false);
      end $$`);
    const [{ states }] = await session.query<{ states: string[] }>(
      "select current_setting('test.states')::json as states",
    );
    assert.equal(states.length, statements.length);
    for (const [index, state] of states.entries()) {
      assert.ok(!MISTAKES.includes(state), `${state}: ${statements[index]}`);
    }
    // Others than those that were forbidden were called, though their arguments may make no sense.
    return statements.filter((_, index) => states[index] !== FORBIDDEN);
  });
}

Deno.test("each role may call the functions of its work, and no other", async () => {
  await withRoles(async ({ users, owner }) => {
    const functions = await owner.query<{ name: string; call: string }>(`
      select p.pronamespace::regnamespace || '.' || p.proname as name, format('select %s.%I(%s)',
        p.pronamespace::regnamespace, p.proname,
        (select string_agg(format('null::%s', format_type(a.type, null)), ', ') from unnest(p.proargtypes) as a (type))
      ) as call
      from pg_proc as p where p.pronamespace::regnamespace::text in ('absurd', 'sky') and p.prokind = 'f'`);
    assert.ok(functions.length > 100);
    for (const role of ROLES) {
      const allowed = await allowedOf(users[role], functions.map(({ call }) => call));
      const expected = functions.filter(({ name }) =>
        !/\._/.test(name) && (COMMON.test(name) || MAY_CALL[role](name))
      );
      assert.deepEqual(allowed.toSorted(), expected.map(({ call }) => call).toSorted(), `absurd_${role}`);
    }
  });
});

Deno.test("no role may change a table; operators and readers may read three", async () => {
  await withRoles(async ({ users, owner }) => {
    const tables = (await owner.query<{ name: string }>(
      "select c.oid::regclass::text as name from pg_class as c where c.relnamespace::regnamespace::text in ('absurd', 'sky') and c.relkind in ('r', 'p', 'v', 'S')",
    )).map(({ name }) => name);
    assert.ok(tables.length >= 18);
    const columns = new Map(
      (await owner.query<{ name: string; column: string }>(
        `select distinct on (attrelid) attrelid::regclass::text as name, attname::text as column from pg_attribute
          where attrelid = any ($1::regclass[]) and attnum > 0 and attidentity = '' and attgenerated = ''`,
        [tables],
      )).map(({ name, column }) => [name, column]),
    );
    const reads = tables.map((table) => `select from ${table}`);
    const changes = tables.flatMap((table) =>
      table.endsWith("_seq") ? [`select nextval('${table}')`] : [
        `insert into ${table} default values`,
        `update ${table} set ${columns.get(table)} = ${columns.get(table)}`,
        `delete from ${table}`,
        `truncate ${table}`,
        `lock table ${table} in access exclusive mode`,
      ]
    );
    for (const role of ROLES) {
      assert.deepEqual(await allowedOf(users[role], changes), [], `absurd_${role}`);
      const read = (await allowedOf(users[role], reads)).map((statement) =>
        statement.slice("select from ".length)
      );
      const mayRead = ["operator", "reader"].includes(role)
        ? ["absurd.scheduled_tasks", "absurd.tasks", "absurd.workflows", "sky.detections", "sky.sources"]
        : [];
      assert.deepEqual(read.toSorted(), mayRead, `absurd_${role}`);
    }
  });
});

Deno.test("no role may change the schema, or become its owner", async () => {
  await withRoles(async ({ users }) => {
    for (const role of ROLES) {
      const allowed = await allowedOf(users[role], [
        "create table absurd.mine ()",
        "create function absurd.mine() returns int language sql as 'select 1'",
        "create or replace function absurd.clock() returns timestamptz language sql as 'select null::timestamptz'",
        "drop function absurd.clock()",
        "alter table absurd.tasks disable trigger all",
        "create index on absurd.tasks (error)",
        "drop schema absurd cascade",
        "set role absurd_owner",
        "set session_replication_role = replica",
      ]);
      assert.deepEqual(allowed, [], `absurd_${role}`);
    }
  });
});

Deno.test("no role gets its own code run as the owner by a type that hides one of the server's", async () => {
  await withRoles(async ({ users }) => {
    const calls: Record<Role, string> = {
      producer: "spawn_task('q', 't')",
      worker: "claim_tasks('w', '{q}', 1)",
      operator: "pause_queue('q')",
      reader: "get_queue_stats('q')",
    };
    for (const role of ROLES) {
      await users[role].session(async (session) => {
        for (
          const type of ["timestamptz", "interval", "uuid", "text", "jsonb", "json", "float8", "bool", "int8"]
        ) {
          await session.script(`
            create function pg_temp.note(v pg_catalog.${type})
            returns pg_catalog.bool language plpgsql as $$
            begin
              perform set_config('test.ran_as', current_user, false);
              return true;
            end $$;
            create domain pg_temp."${type}" as pg_catalog.${type}
              check (pg_temp.note(value))`);
        }
        await session.query(`select * from absurd.${calls[role]}`);
        const [{ as }] = await session.query<{ as: string | null }>(
          "select current_setting('test.ran_as', true) as as",
        );
        await session.script("discard temp"); // or the login could not be dropped
        assert.equal(as ?? "", "", `as ${role}`);
      });
    }
  });
});

Deno.test("everything belongs to a role that cannot log in and is no superuser", async () => {
  await withRoles(async ({ owner }) => {
    assert.deepEqual(await strangers(owner), []);
    assert.deepEqual(
      await owner.query("select rolcanlogin, rolsuper from pg_roles where rolname = 'absurd_owner'"),
      [{ rolcanlogin: false, rolsuper: false }],
    );
  });
});

/** What does not belong to absurd_owner. */
async function strangers(database: Database): Promise<Row[]> {
  return await database.query<Row>(`
    select p.oid::regprocedure::text as name from pg_proc as p
    where p.pronamespace::regnamespace::text in ('absurd', 'sky') and p.proowner <> 'absurd_owner'::regrole
    union all
    select c.oid::regclass::text from pg_class as c
    where c.relnamespace::regnamespace::text in ('absurd', 'sky') and c.relowner <> 'absurd_owner'::regrole
    union all
    select n.nspname from pg_namespace as n
    where n.nspname in ('absurd', 'sky') and n.nspowner <> 'absurd_owner'::regrole`);
}

Deno.test("installing again without asking for roles keeps them, and takes back what was granted besides", async () => {
  await withRoles(async ({ users, owner }) => {
    const [{ login }] = await users.producer.query<{ login: string }>("select current_user::text as login");
    await owner.script(`
      grant execute on function absurd.cancel_task(uuid, text) to absurd_producer;
      grant execute on function absurd.retry_task(uuid) to ${login};
      grant insert, update, delete on absurd.tasks to absurd_worker with grant option;
      grant update (priority) on absurd.tasks to ${login};
      grant select on sky.sources to ${login};
      grant update on absurd.reservations_reservation_id_seq to public;
      grant create on schema absurd to ${login}`);
    await users.worker.script("grant delete on absurd.tasks to absurd_reader");
    await installSchema(owner);
    await spawn(users.producer);
    assert.deepEqual(await strangers(owner), []);
    const statements = [
      "select absurd.cancel_task(null)",
      "select absurd.retry_task(null)",
      "update absurd.tasks set priority = 1",
      "select from sky.sources",
      "select setval('absurd.reservations_reservation_id_seq', 1)",
      "create table absurd.mine ()",
      "delete from absurd.tasks",
    ];
    for (const role of ["producer", "worker", "reader"] as const) {
      const left = role === "reader" ? ["select from sky.sources"] : [];
      assert.deepEqual(await allowedOf(users[role], statements), left, `absurd_${role}`);
    }
    await installSchema(owner, { reset: true });
    await spawn(users.producer);
    assert.deepEqual(await strangers(owner), []);
  });
});

/** Runs `test` as a new user who owns a new database, and is no superuser. */
async function withPlainOwner(
  attributes: string,
  test: (user: Database, superuser: Database) => Promise<void>,
): Promise<void> {
  await using own = await emptyDatabase();
  const name = `test_owner_${crypto.randomUUID().slice(0, 8)}`;
  await own.database.script(`
    create role ${name} login password 'secret' ${attributes};
    do $$ begin execute format('alter database %I owner to ${name}', current_database()); end; $$`);
  try {
    const url = Object.assign(new URL(own.url), { username: name, password: "secret" }).href;
    await using user = openDatabase({ url, maxConnections: 2 });
    await test(user, own.database);
  } finally {
    await own.database.script(`
      do $$ begin execute format('alter database %I owner to %I', current_database(), current_user); end; $$;
      drop owned by ${name} cascade;
      drop role ${name}`);
  }
}

Deno.test("an owner of a database who is no superuser can install without roles, again and again", async () => {
  await withPlainOwner("", async (user) => {
    await installSchema(user, { with: ["sky"] });
    await installSchema(user);
    await spawn(user);
  });
});

Deno.test("a user who may not own things in the name of absurd_owner is told so, and how to go on", async () => {
  // So that the roles are there: they belong to the whole server.
  await withRoles(() =>
    withPlainOwner("", async (user) => {
      const error = await installSchema(user, { roles: true }).then(() => null, (reason) => reason);
      assert.ok(error instanceof NotAllowedError, `${error}`);
      assert.match(error.message, /^User test_owner_\w+ is no member of the role absurd_owner/);
      assert.match(error.hint ?? "", /grant absurd_owner to test_owner_/);
      assert.deepEqual(await user.query("select to_regnamespace('absurd') as it"), [{ it: null }]);
    })
  );
});

Deno.test("a user who may make roles, but is no superuser, can install with roles, again and again", async () => {
  await withPlainOwner("createrole", async (user, superuser) => {
    const [{ current }] = await user.query<{ current: string }>("select current_user::text as current");
    // The roles belong to the whole server: here they may have been made by somebody else.
    await superuser.script(`
      do $$ begin if to_regrole('absurd_owner') is not null then grant absurd_owner to ${current}; end if; end; $$`);
    await installSchema(user, { roles: true, with: ["sky"] });
    await installSchema(user);
    assert.deepEqual(await strangers(superuser), []);
  });
});
