import assert from "node:assert/strict";
import { type Database, openDatabase } from "../../lib/database.ts";
import { DatabaseError, NotAllowedError } from "../../lib/errors.ts";
import { installSchema } from "../../lib/schema.ts";
import { emptyDatabase } from "../support/database.ts";
import { type Role, ROLES, withRoles } from "../support/roles.ts";
import { type Row, spawn } from "./queue.ts";

/** What every program calls first. */
const COMMON = /^absurd\.(clock|schema_version|handshake|diagnose|get_task|get_workflow)$/;
const LOOKING =
  /^absurd\.(get|list|find|read|explain|follow|report)_|^absurd\.(stamp_events|event_cursor)$|^sky\.(list_|light_curve$)/;

/** Whether a role may call a function, by its name. */
const MAY_CALL: Readonly<Record<Role, (name: string) => boolean>> = {
  producer: (name) => /^absurd\.spawn_/.test(name),
  worker: (name) =>
    /^absurd\.((de)?register_(worker|scheduler)|claim_tasks?|heartbeat_|(complete|fail)_tasks?|complete_claims|(release|acknowledge)_tasks)/
      .test(name) ||
    /^absurd\.(report_progress|append_logs|recover_claims|prune|list_tasks|get_queue_stats)$/.test(name) ||
    /^absurd\.(due_schedules|fire_schedule|fail_schedule)$/.test(name),
  reader: (name) => LOOKING.test(name) && name !== "absurd.report_progress",
  // everything but what belongs to the schema's owner
  operator: (name) => LOOKING.test(name) || /^absurd\.[a-z]/.test(name) && !/_sink$/.test(name),
};

/** Runs a statement in a transaction that is undone; true when it was forbidden. */
async function isForbidden(user: Database, statement: string): Promise<boolean> {
  return await user.session(async (session) => {
    await session.script("begin");
    try {
      await session.query(statement);
      return false;
    } catch (error) {
      if (error instanceof NotAllowedError) return true;
      // arguments that make no sense: it was called
      assert.ok(
        error instanceof Error && !(error instanceof DatabaseError && error.sqlState === "42883"),
        `${error}`,
      );
      return false;
    } finally {
      await session.script("rollback");
    }
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
      const [may, expected]: string[][] = [[], []];
      for (const { name, call } of functions) {
        if (!await isForbidden(users[role], call)) may.push(name);
        const isInternal = /\._/.test(name);
        if (!isInternal && (COMMON.test(name) || MAY_CALL[role](name))) expected.push(name);
      }
      assert.deepEqual(may.toSorted(), expected.toSorted(), `absurd_${role}`);
    }
  });
});

Deno.test("no role may change a table; operators and readers may read three", async () => {
  await withRoles(async ({ users, owner }) => {
    const tables = (await owner.query<{ name: string }>(
      "select c.oid::regclass::text as name from pg_class as c where c.relnamespace::regnamespace::text in ('absurd', 'sky') and c.relkind in ('r', 'p', 'v', 'S')",
    )).map(({ name }) => name);
    assert.ok(tables.length >= 18);
    for (const role of ROLES) {
      const read: string[] = [];
      for (const table of tables) {
        if (!await isForbidden(users[role], `select from ${table}`)) read.push(table);
        const isSequence = table.endsWith("_seq");
        const [{ column }] = await owner.query<{ column: string }>(
          `select attname::text as column from pg_attribute
            where attrelid = $1::regclass and attnum > 0 and attidentity = '' and attgenerated = '' limit 1`,
          [table],
        );
        const changes = isSequence ? [`select nextval('${table}')`] : [
          `insert into ${table} default values`,
          `update ${table} set ${column} = ${column}`,
          `delete from ${table}`,
          `truncate ${table}`,
          `lock table ${table} in access exclusive mode`,
        ];
        for (const change of changes) {
          assert.ok(await isForbidden(users[role], change), `absurd_${role} was allowed: ${change}`);
        }
      }
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
      for (
        const statement of [
          "create table absurd.mine ()",
          "create function absurd.mine() returns int language sql as 'select 1'",
          "create or replace function absurd.clock() returns timestamptz language sql as 'select null::timestamptz'",
          "drop function absurd.clock()",
          "alter table absurd.tasks disable trigger all",
          "create index on absurd.tasks (error)",
          "drop schema absurd cascade",
          "set role absurd_owner",
          "set session_replication_role = replica",
        ]
      ) {
        assert.ok(await isForbidden(users[role], statement), `absurd_${role} was allowed: ${statement}`);
      }
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
    await owner.script("grant execute on function absurd.cancel_task(uuid, text) to absurd_producer");
    await installSchema(owner);
    await spawn(users.producer);
    assert.deepEqual(await strangers(owner), []);
    assert.ok(await isForbidden(users.producer, "select absurd.cancel_task(null)"));
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
