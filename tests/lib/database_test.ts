import assert from "node:assert/strict";
import { type Database, json, openDatabase } from "../../lib/database.ts";
import { eventually } from "../support/process.ts";
import { callStatement } from "../../lib/database_sql.ts";
import { emptyDatabase, testDatabase, withDatabase } from "../support/database.ts";

/** Ends all connections to the database but the one that asks. */
async function terminateAll(database: Database): Promise<void> {
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
}

/** A URL with parts replaced. */
function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url);
  change(copy);
  return copy.href;
}

async function withFunctions(test: (database: Database, url: string) => Promise<void>): Promise<void> {
  await using own = await emptyDatabase();
  await own.database.script(`
    create schema absurd;
    create function absurd.echo(p_document jsonb default '{"default": true}', p_names text[] default '{}')
    returns table (document jsonb, names text[], ratio float8, happened_at timestamptz, count int)
    language plpgsql as $$
    begin
      raise notice 'nobody should hear this';
      return query select p_document, p_names, 0.5::float8, '2026-10-25T06:00:00Z'::timestamptz, 3;
    end $$;
    create function absurd.refuse(p_code text) returns void language plpgsql as $$
    begin raise exception 'No' using errcode = p_code, hint = 'Do it otherwise', detail = 'It was odd'; end $$;
    create function absurd.nap(p_sec float8) returns void language sql as 'select pg_sleep(p_sec)';
  `);
  await test(own.database, own.url);
}

Deno.test("call() passes JSON, lists, times and defaults", async () => {
  await withFunctions(async (database) => {
    const [row] = await database.call("echo", { document: json([1, "x"]), names: ['a "quoted"', "b,c"] });
    assert.deepEqual(row, {
      document: [1, "x"],
      names: ['a "quoted"', "b,c"],
      ratio: 0.5,
      happened_at: new Date("2026-10-25T06:00:00Z"),
      count: 3,
    });
    const [defaults] = await database.call("absurd.echo", { document: undefined });
    assert.deepEqual(defaults.document, { default: true });
  });
});

Deno.test("call() passes every text in a list as it is", async () => {
  await withFunctions(async (database) => {
    const names = ["a", "a", "", "NULL", 'a "b"', "back\\slash", "{x,y}", " s ", "line\nline", null, "é🔭"];
    const [row] = await database.call<{ names: unknown }>("echo", { names });
    assert.deepEqual(row.names, names);
    const [{ same }] = await database.query<{ same: boolean }>(
      "select $1::float8[] = '{1.5,NULL,-2,NaN,Infinity}' as same",
      [[1.5, null, -2, NaN, Infinity]],
    );
    assert.ok(same);
  });
});

Deno.test("call() throws the class of the SQLSTATE, with hint and detail", async () => {
  await withFunctions(async (database) => {
    const classes = {
      TQ001: "NotFoundError",
      TQ002: "StaleAttemptError",
      TQ003: "InvalidGraphError",
      TQ004: "WrongStatusError",
      TQ005: "NotStorableError",
      TQ006: "BadParentError",
      TQ007: "SchemaError",
      TQ008: "NotFoundError",
      "22023": "InvalidArgumentError",
      "42501": "NotAllowedError",
      "53100": "DatabaseUnavailableError",
      P0001: "DatabaseError",
    };
    for (const [code, name] of Object.entries(classes)) {
      await assert.rejects(database.call("refuse", { code }), {
        name,
        message: "No",
        hint: "Do it otherwise",
        detail: "It was odd",
        sqlState: code,
      });
    }
  });
});

Deno.test("call() says that the schema is missing, and how to get it", async () => {
  await using own = await emptyDatabase();
  await assert.rejects(own.database.call("spawn_task"), {
    name: "SchemaError",
    message: "The database has no schema absurd",
    hint: "Run: absurd init",
  });
  await assert.rejects(own.database.call("sky.list_sources"), { hint: "Run: absurd init --with sky" });
  await own.database.script("create schema absurd");
  await assert.rejects(own.database.call("spawn_task", { task_name: "x" }), {
    name: "SchemaError",
    message:
      "The database has no function absurd.spawn_task in the form that is called (its schema is older than this program)",
  });
});

Deno.test("call() says who may call what the user may not", async () => {
  await using own = await emptyDatabase();
  const login = `test_nobody_${crypto.randomUUID().slice(0, 8)}`;
  const owner = own.database.target.user;
  await own.database.script(`
    create role ${login} login password 'secret';
    create schema absurd;
    create function absurd.handshake(p_client_version int) returns int language sql as 'select 1';
    create table absurd.installed_objects (fingerprint text)`);
  try {
    const url = Object.assign(new URL(own.url), { username: login, password: "secret" }).href;
    await using user = openDatabase({ url, maxConnections: 1 });
    const hints = async (statement: () => Promise<unknown>) =>
      (await statement().then(() => null, (error) => error))?.hint;
    assert.equal(
      await hints(() => user.call("handshake", { "client_version": 1 })),
      `Log in as "${owner}", the owner of the schema, or let that one make roles: absurd init --roles`,
    );
    await own.database.script(`grant usage on schema absurd to ${login}`);
    assert.match(
      await hints(() => user.query("select from absurd.installed_objects")),
      /^Log in as who installed/,
    );
    await own.database.script(`
      create function absurd.peek() returns bigint language plpgsql as
        'begin return (select count(*) from absurd.installed_objects); end'`);
    assert.match(
      await hints(() => user.call("peek")),
      /^Functions of the queue run with the rights of the schema's owner/,
    );
  } finally {
    await own.database.script(`drop owned by ${login}; drop role ${login}`);
  }
});

Deno.test("call() refuses names that are not plain", async () => {
  await withDatabase(async (database) => {
    await assert.rejects(database.call('echo"; drop schema absurd; --'), TypeError);
    await assert.rejects(database.call("clock", { "x => 1, p_y": 1 }), TypeError);
    await assert.rejects(database.call("a.b.c"), TypeError);
  });
});

Deno.test("call() gives up when its signal aborts, and the pool goes on", async () => {
  await withFunctions(async (_database, url) => {
    await using database = openDatabase({ url, maxConnections: 1 });
    await assert.rejects(database.call("nap", { sec: 60 }, { signal: AbortSignal.timeout(50) }), {
      name: "TimeoutError",
    });
    await assert.rejects(database.call("echo", {}, { signal: AbortSignal.abort(new Error("never mind")) }), {
      message: "never mind",
    });
    assert.equal((await database.call("echo")).length, 1);
  });
});

Deno.test("call() gives a connection up that does not answer in time, and says so", async () => {
  await withFunctions(async (_database, url) => {
    await using database = openDatabase({ url, maxConnections: 1, answerWithinSec: 0.2 });
    await assert.rejects(database.call("nap", { sec: 60 }), {
      name: "DatabaseUnavailableError",
      message: /^The database does not answer: absurd\.nap has taken more than 0\.2 s$/,
    });
    assert.deepEqual(await database.query("select 1 as one"), [{ one: 1 }]);
  });
});

Deno.test("call() sends nothing when its signal has aborted already", async () => {
  await withFunctions(async (database) => {
    await database.script(`
      create table called (at timestamptz);
      create function absurd.note() returns void language sql as 'insert into called values (now())'`);
    await database.call("note");
    const late = new Error("Too late");
    await assert.rejects(database.call("note", {}, { signal: AbortSignal.abort(late) }), late);
    assert.equal((await database.query("select from called")).length, 1);
  });
});

Deno.test("call() recovers when all connections were terminated", async () => {
  await withFunctions(async (admin, url) => {
    await using database = openDatabase({ url });
    for (let round = 0; round < 5; round++) {
      await Promise.all([1, 2, 3].map(() => database.call("echo")));
      await terminateAll(admin);
      assert.equal((await database.call("echo", {}, { retry: true })).length, 1);
    }
  });
});

Deno.test("call() says that a statement may have been carried out when its connection broke", async () => {
  await withFunctions(async (admin, url) => {
    await using database = openDatabase({ url });
    const nap = database.call("nap", { sec: 60 });
    nap.catch(() => {});
    await eventually(async () => {
      const rows = await admin.query(
        "select from pg_stat_activity where datname = current_database() and query like '%nap%' and state = 'active'",
      );
      return rows.length > 1; // one is the question itself
    });
    await terminateAll(admin);
    await assert.rejects(nap, {
      name: "DatabaseUnavailableError",
      message: /was lost during absurd\.nap$/,
      hint: /may or may not have been carried out/,
    });
  });
});

Deno.test("call() makes deadlocked statements again, and counts them", async () => {
  await withFunctions(async (_admin, url) => {
    await using database = openDatabase({ url });
    await database.script(`
      create table pair (id int primary key, value int default 0);
      insert into pair values (1), (2);
      create function absurd.cross_over(p_first int) returns void language plpgsql as $$
      begin
        update pair set value = value + 1 where id = p_first;
        perform pg_sleep(0.2);
        update pair set value = value + 1 where id = 3 - p_first;
      end $$;
    `);
    await Promise.all([database.call("cross_over", { first: 1 }), database.call("cross_over", { first: 2 })]);
    assert.deepEqual(await database.query("select value from pair"), [{ value: 2 }, { value: 2 }]);
    assert.ok(database.conflicts >= 1);
  });
});

/** What an upgrade drops while a call that uses it waits for the upgrade. */
const DROPPED = [
  {
    object: "function absurd._old()",
    make: "create function absurd._old() returns int language sql as 'select 1'",
    body: "perform from absurd.tasks; return absurd._old();",
  },
  {
    object: "type absurd._old",
    make: "create type absurd._old as (value int)",
    body: "perform from absurd.tasks; return cardinality(array(select row(1)::absurd._old));",
  },
];

for (const { object, make, body } of DROPPED) {
  Deno.test(`call() makes a call again for which an upgrade dropped ${object}`, async () => {
    await withFunctions(async (database, url) => {
      await using caller = openDatabase({ url, maxConnections: 1 });
      await database.script(`
        create table absurd.tasks (id int);
        ${make};
        create function absurd.count() returns int language plpgsql as 'begin ${body} end'`);
      assert.deepEqual(await caller.call("count"), [{ count: 1 }]); // the connection keeps its plans
      const counting = await database.session(async (upgrade) => {
        await upgrade.script(`
          begin;
          lock table absurd.tasks;
          drop ${object};
          create or replace function absurd.count() returns int language plpgsql as 'begin return 2; end'`);
        const counting = caller.call("count");
        counting.catch(() => {}); // it is told below
        await eventually(async () => {
          const [{ waits }] = await database.query<{ waits: boolean }>(
            "select exists (select from pg_locks where relation = 'absurd.tasks'::regclass and not granted) as waits",
          );
          return waits;
        });
        await upgrade.script("commit");
        return counting;
      });
      assert.deepEqual(await counting, [{ count: 2 }]);
    });
  });
}

Deno.test("session() holds one connection, and drops it when its user throws", async () => {
  await withDatabase(async (_database, url) => {
    await using database = openDatabase({ url, maxConnections: 1 });
    const pid = (session: { query: Database["query"] }) =>
      session.query<{ pid: number }>("select pg_backend_pid() as pid");
    await assert.rejects(
      database.session(async (session) => {
        await session.script("begin; create table half_done (id int);");
        throw new Error("changed my mind");
      }),
      /changed my mind/,
    );
    const [before] = await database.query("select to_regclass('half_done') as found");
    assert.equal(before.found, null);
    const [first, second] = await database.session(async (
      session,
    ) => [await pid(session), await pid(session)]);
    assert.deepEqual(first, second);
    await assert.rejects(database.session((session) => session.call("get_task", { task_id: "x" })), {
      name: "InvalidArgumentError",
    });
  });
});

Deno.test("listen() hears notifications, also after its connection was terminated", async () => {
  await withDatabase(async (admin, url) => {
    await using database = openDatabase({ url });
    const heard: string[] = [];
    let connections = 0;
    let breaks = 0;
    await using _listener = await database.listen(["first", "second"], {
      notify: (channel, payload) => heard.push(`${channel} ${payload}`),
      connected: () => connections++,
      disconnected: () => breaks++,
    });
    await admin.query("select pg_notify('first', 'a'), pg_notify('third', 'x')");
    await eventually(() => heard.length === 1);
    await terminateAll(admin);
    await eventually(() => connections === 2);
    await admin.query("select pg_notify('second', 'b')");
    await eventually(() => heard.length === 2);
    assert.deepEqual(heard, ["first a", "second b"]);
    assert.equal(breaks, 1);
  });
});

Deno.test("openDatabase() tells in one sentence why nobody can connect, without the password", async () => {
  await using own = await testDatabase();
  const { url } = own;
  const secret = new URL(url).password;
  const cases: [url: string, message: RegExp, transient: boolean][] = [
    [
      changed(url, (to) => to.port = "1"),
      /^No PostgreSQL answers at .*:1 \(user "\w+", database "\w+"\)$/,
      true,
    ],
    [changed(url, (to) => to.hostname = "nowhere.invalid"), /host "nowhere\.invalid" is unknown/, false],
    [changed(url, (to) => to.password = "wrong"), /password is wrong or missing/, false],
    [changed(url, (to) => to.password = ""), /password is wrong or missing/, false],
    [changed(url, (to) => to.pathname = "/nothing"), /no database "nothing"/, false],
    [
      changed(url, (to) => to.searchParams.set("sslmode", "require")),
      /TLS fails .* does not support SSL/,
      false,
    ],
    [
      // The role itself may be there: roles belong to the whole server.
      changed(url, (to) => to.searchParams.set("options", "-c role=absurd_reader_of_nobody")),
      /^There is no role absurd_reader, with whose rights --read-only works, at /,
      false,
    ],
  ];
  for (const [wrong, message, transient] of cases) {
    await using database = openDatabase({ url: wrong, reconnectSec: 0 });
    await assert.rejects(
      database.query("select 1"),
      (error: Error & { hint: string; transient: boolean }) => {
        assert.equal(error.name, "DatabaseUnavailableError");
        assert.match(error.message, message);
        assert.equal(error.transient, transient);
        assert.ok(error.hint);
        assert.ok(!error.message.includes(secret) && !error.hint.includes(secret));
        return true;
      },
    );
  }
});

Deno.test("openDatabase() names itself to the server", async () => {
  await withDatabase(async (_database, url) => {
    await using database = openDatabase({ url });
    const [row] = await database.query(
      "select application_name as name from pg_stat_activity where pid = pg_backend_pid()",
    );
    assert.equal(row.name, "absurd");
  });
});

Deno.test("close() refuses calls that come later", async () => {
  await withDatabase(async (_database, url) => {
    const database = openDatabase({ url });
    await database.query("select 1");
    await database.close();
    await database.close();
    await assert.rejects(database.query("select 1"), { message: "The database was closed by this program" });
  });
});

Deno.test("Database.call() goes on where prepared statements do not stay", async () => {
  await using test = await testDatabase();
  await using database = openDatabase({ url: test.url, maxConnections: 1 });
  await database.call("clock");
  await database.query("deallocate all");
  assert.equal((await database.call("clock")).length, 1);
  await database.query("deallocate all");
  assert.equal((await database.call("clock")).length, 1);
});

Deno.test("callStatement() names a statement after its text: the same everywhere, and no other", () => {
  const spawn = callStatement("spawn_task", { "task_name": "a" });
  assert.equal(spawn.name, callStatement("spawn_task", { "task_name": "b" }).name);
  assert.equal(spawn.name, "absurd_7610ab60dd30e588");
  assert.notEqual(spawn.name, callStatement("spawn_task", { "queue_name": "a" }).name);
  assert.notEqual(spawn.name, callStatement("spawn_tasks", { "task_name": "a" }).name);
});
