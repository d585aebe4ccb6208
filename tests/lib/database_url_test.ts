import assert from "node:assert/strict";
import { checkDatabaseUrl, redactUrl, resolveDatabaseUrl } from "../../lib/database_url.ts";

Deno.test.each([
  ["postgres://ada:secret@db:5432/queue", "postgres://ada:***@db:5432/queue"],
  ["postgres://ada:p@ss:w/rd@db/queue", "postgres://ada:***@db/queue"],
  ["postgres://ada@db/queue", "postgres://ada@db/queue"],
  [
    "postgres://db/queue?user=ada&password=secret&sslmode=require",
    "postgres://db/queue?user=ada&password=***&sslmode=require",
  ],
  ["embedded:/var/lib/absurd", "embedded:/var/lib/absurd"],
])("redactUrl() hides the password of %s", (url: string, shown: string) => {
  assert.equal(redactUrl(url), shown);
});

Deno.test("checkDatabaseUrl() accepts what libpq does", () => {
  for (
    const url of [
      "postgres://db/queue",
      "postgresql://ada:p%40ss@[::1]:5432/queue?sslmode=verify-full",
      "postgres://ada@/queue?host=/var/run/postgresql",
      "postgres:///queue?host=/var/run/postgresql",
      "postgres://",
      "postgres://ada:p,w@db/queue",
      "postgres://ada:x@db1:5432,db2:5433,[::1]/queue?target_session_attrs=read-write",
    ]
  ) checkDatabaseUrl(url);
});

Deno.test("checkDatabaseUrl() refuses others, naming the variable and not the password", () => {
  for (
    const url of [
      "",
      "mysql://ada:secret@db/queue",
      "postgres://ada:sec%zzret@db/queue",
      "postgres://ada:sec/ret@db/queue",
      "postgres://ada:secret@db:99999/queue",
      "postgres://ada:secret@db:0/queue",
      "postgres://ada:secret@db:5432,db2:99999/queue",
    ]
  ) {
    assert.throws(() => checkDatabaseUrl(url), (error: Error) => {
      assert.equal(error.name, "InvalidArgumentError");
      assert.match(error.message, /^ABSURD_DATABASE_URL is "/);
      assert.ok(!/sec|ret@/.test(error.message), error.message);
      return true;
    });
  }
});

Deno.test("checkDatabaseUrl() refuses modes of TLS that it does not know, or that lack the authority", () => {
  for (
    const [mode, problem] of [["verfy-full", /sslmode=verfy-full; allowed are disable, .+/], [
      "verify-ca",
      /sslmode=verify-ca without sslrootcert/,
    ]] as const
  ) {
    assert.throws(() => checkDatabaseUrl(`postgres://db/queue?sslmode=${mode}`), { message: problem });
  }
  checkDatabaseUrl("postgres://db/queue?sslmode=verify-ca&sslrootcert=/etc/absurd/ca.crt");
});

Deno.test("checkDatabaseUrl() refuses hosts that are listed in a parameter, with a remedy", () => {
  assert.throws(() => checkDatabaseUrl("postgres:///queue?host=a%2Cb", "ABSURD_LISTEN_URL"), {
    message: 'ABSURD_LISTEN_URL is "postgres:///queue?host=a%2Cb", which lists hosts in a parameter',
    hint: /HOST1,HOST2/,
  });
});

Deno.test("resolveDatabaseUrl() refuses an embedded server without a folder", async () => {
  await assert.rejects(resolveDatabaseUrl("embedded:"), { message: /names no folder/ });
});
