import assert from "node:assert/strict";
import { type Database, openDatabase } from "../../lib/database.ts";
import { NotAllowedError } from "../../lib/errors.ts";
import { installSchema } from "../../lib/schema.ts";
import { emptyDatabase } from "../support/database.ts";
import { claim, claimOne, complete, type Row, rows, spawn, task, value } from "./queue.ts";

const ROLES = ["producer", "worker", "operator", "reader"] as const;
type Role = typeof ROLES[number];

/** Logs in as a member of each role, on a database that was installed with roles. */
async function withRoles(
  test: (users: Record<Role, Database>, owner: Database) => Promise<void>,
): Promise<void> {
  await using own = await emptyDatabase();
  await installSchema(own.database, { roles: true, with: ["sky"] });
  const suffix = crypto.randomUUID().slice(0, 8);
  const users: Partial<Record<Role, Database>> = {};
  try {
    for (const role of ROLES) {
      const login = `test_${role}_${suffix}`;
      await own.database.script(`create role ${login} login password 'secret' in role absurd_${role}`);
      const url = new URL(own.url);
      Object.assign(url, { username: login, password: "secret" });
      users[role] = openDatabase({ url: url.href, maxConnections: 1 });
    }
    await test(users as Record<Role, Database>, own.database);
  } finally {
    for (const role of ROLES) {
      await users[role]?.close();
      await own.database.script(`drop role if exists test_${role}_${suffix}`);
    }
  }
}

async function forbidden(what: string, call: Promise<unknown>): Promise<void> {
  const error = await call.then(() => null, (reason) => reason);
  assert.ok(error instanceof NotAllowedError, `${what} was not forbidden: ${error}`);
}

Deno.test("each role may do its part of the work, and nothing else", async () => {
  await withRoles(async ({ producer, worker, operator, reader }) => {
    const id = await spawn(producer);
    assert.equal((await task(producer, id)).state, "ready");
    await rows(worker, "register_worker", { "worker_id": "w1", info: { "queue_names": ["q"] } });
    const held = await claimOne(worker);
    assert.equal(await complete(worker, held, { n: 1 }), "ok");
    assert.equal((await task(reader, id)).status, "completed");
    assert.equal((await rows(reader, "get_queue_stats", { "queue_name": "q" }))[0].completed, 1);
    const second = await spawn(operator);
    assert.equal(await value(operator, "cancel_task", { "task_id": second }), "pending");
    assert.deepEqual(await rows(operator, "sky.list_sources"), []);

    const cancel = { "task_id": id };
    await forbidden("producer claims", claim(producer));
    await forbidden("producer cancels", value(producer, "cancel_task", cancel));
    await forbidden("worker spawns", spawn(worker));
    await forbidden("worker cancels", value(worker, "cancel_task", cancel));
    await forbidden("reader spawns", spawn(reader));
    await forbidden("reader claims", claim(reader));
    await forbidden("reader replays", rows(reader, "replay_dead_letters", { filter: { all: true } }));
    await forbidden("worker reads the catalogue", rows(worker, "sky.list_sources"));
  });
});

Deno.test("no role may write a table, call an internal function, or register a sink", async () => {
  await withRoles(async (users, owner) => {
    const tables = (await owner.query<{ name: string }>(
      "select c.oid::regclass::text as name from pg_class as c where c.relnamespace = 'absurd'::regnamespace and c.relkind = 'r'",
    )).map(({ name }) => name);
    assert.ok(tables.length >= 12);
    for (const [role, user] of Object.entries(users)) {
      for (const table of tables) {
        await forbidden(`${role} deletes from ${table}`, user.query(`delete from ${table}`));
      }
      await forbidden(`${role} updates`, user.query("update absurd.tasks set attempt = 0"));
      await forbidden(`${role} inserts`, user.query("insert into absurd.queues values ('q', now())"));
      await forbidden(`${role} cascades`, user.query("select absurd._cascade('{}', now())"));
      await forbidden(`${role} creates`, user.query("create table absurd.mine ()"));
      await forbidden(
        `${role} registers`,
        user.query("select absurd.register_sink('s', 'pg_catalog.now()')"),
      );
    }
  });
});

Deno.test("operators and readers may read tasks and workflows; producers and workers no table", async () => {
  await withRoles(async (users) => {
    for (const [role, user] of Object.entries(users)) {
      for (const table of ["tasks", "workflows", "attempts", "idempotency_keys"]) {
        const read = user.query(`select from absurd.${table}`);
        const may = ["operator", "reader"].includes(role) && ["tasks", "workflows"].includes(table);
        if (may) assert.deepEqual(await read, []);
        else await forbidden(`${role} reads ${table}`, read);
      }
    }
    await users.reader.query("select * from absurd.get_queue_stats('dsa110-pipeline')");
  });
});

Deno.test("everything belongs to a role that cannot log in and is no superuser", async () => {
  await withRoles(async (_, owner) => {
    const strangers = await owner.query<Row>(`
      select p.oid::regprocedure::text as name from pg_proc as p
      where p.pronamespace::regnamespace::text in ('absurd', 'sky') and p.proowner <> 'absurd_owner'::regrole
      union all
      select c.oid::regclass::text from pg_class as c
      where c.relnamespace::regnamespace::text in ('absurd', 'sky') and c.relowner <> 'absurd_owner'::regrole`);
    assert.deepEqual(strangers, []);
    assert.deepEqual(
      await owner.query("select rolcanlogin, rolsuper from pg_roles where rolname = 'absurd_owner'"),
      [{ rolcanlogin: false, rolsuper: false }],
    );
  });
});

Deno.test("installing again without asking for roles keeps them", async () => {
  await withRoles(async ({ producer }, owner) => {
    await installSchema(owner, { with: ["sky"] });
    await spawn(producer);
    const [{ mine }] = await owner.query<{ mine: number }>(
      "select count(*)::int as mine from pg_proc where pronamespace = 'absurd'::regnamespace and proowner <> 'absurd_owner'::regrole",
    );
    assert.equal(mine, 0);
  });
});
