import assert from "node:assert/strict";
import { emptyDatabase } from "../support/database.ts";
import { withRoles } from "../support/roles.ts";
import { runInProcess } from "./fake_context.ts";
import { withWorld } from "./world.ts";

interface Finding {
  check: string;
  level: string;
  message: string;
  remedy: string | null;
}

const byName = (findings: Finding[]) =>
  Object.fromEntries(findings.map((finding) => [finding.check, finding]));

Deno.test("absurd doctor looks at database and machine, and finds a clock that is not the server's", async () => {
  await withWorld(async ({ run, database }) => {
    await database.query("update absurd_test.clock set shift = '1 hour'");
    const sick = await run(["doctor", "--json"]);
    assert.equal(sick.code, 1);
    const { clock, connection, rights } = byName(JSON.parse(sick.stdout));
    assert.match(clock.message, /absurd\.clock\(\) was replaced/);
    assert.deepEqual([connection.level, rights.level], ["ok", "ok"]);
    assert.match(rights.message, /may spawn, work, look, operate$/);

    await database.query("update absurd_test.clock set shift = '0'");
    const healthy = await run(["doctor", "--json"]);
    const found = byName(JSON.parse(healthy.stdout));
    for (const name of ["server", "clock", "autovacuum", "transactions", "connections", "size", "stages"]) {
      assert.equal(found[name].level, "ok", `${name}: ${found[name].message}`);
    }
    assert.ok(found.namespaces && found.disk && found.enabled);
  });
});

Deno.test("absurd doctor counts connections and owns up to what it cannot see, where roles are made", async () => {
  await withRoles(async ({ urls }) => {
    const { stdout } = await runInProcess(["doctor", "--json"], {
      env: { ABSURD_DATABASE_URL: urls.operator },
    });
    const { connections, transactions } = byName(JSON.parse(stdout));
    assert.match(connections.message, /^[1-9]\d* of \d+ connections are used$/);
    assert.match(transactions.message, /^Transactions of others are not shown to the schema's owner/);
  });
});

Deno.test("absurd doctor names the programs of a manifest that are missing", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    const manifest = { stages: { clean: { command: ["wsclean-nowhere"] }, look: { module: "./look.ts" } } };
    await Deno.writeTextFile(`${baseDir}/mine.json`, JSON.stringify(manifest));
    await withWorld(async ({ run }) => {
      const { code, stdout } = await run(["doctor", "--stages", "mine.json"], { baseDir });
      assert.equal(code, 1);
      assert.match(stdout, /✘ stages +Program "wsclean-nowhere" of stage "clean" is not installed/);
      assert.match(
        stdout,
        /✘ stages +Module ".*look\.ts" of stage "look" does not exist\n +Install what is missing/,
      );
    });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});

Deno.test("absurd doctor says what to do without a server, and without a schema", async () => {
  const dead = await runInProcess(["doctor"], {
    env: { ABSURD_DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" },
  });
  assert.equal(dead.code, 1);
  assert.match(dead.stdout, /^✘ connection +No PostgreSQL answers at 127\.0\.0\.1:1 .*\n +Start the server/);
  assert.match(dead.stdout, /^✔ disk /m);

  await using empty = await emptyDatabase();
  const { code, stdout } = await runInProcess(["doctor"], { env: { ABSURD_DATABASE_URL: empty.url } });
  assert.equal(code, 1);
  assert.match(stdout, /✘ schema +The database has no schema absurd\n +Run: absurd init/);
});

Deno.test("absurd doctor serves a member of any role, who may not compare the schema", async () => {
  await withRoles(async ({ urls }) => {
    for (const [role, url] of Object.entries(urls)) {
      const { stdout } = await runInProcess(["doctor", "--json"], { env: { ABSURD_DATABASE_URL: url } });
      const found = byName(JSON.parse(stdout));
      for (const name of ["connection", "schema", "server", "rights"]) {
        assert.equal(found[name]?.level, "ok", `${name} as ${role}: ${found[name]?.message}`);
      }
      assert.match(found.schema.message, /who installed it could compare it/);
    }
  });
});
