import assert from "node:assert/strict";
import { join } from "node:path";
import { EmbeddedPostgresError, InvalidArgumentError } from "../../../lib/errors.ts";
import {
  type PostgresServer,
  postgresStatus,
  postgresUrl,
  startPostgres,
  stopPostgres,
} from "../../../lib/postgres/mod.ts";
import { eventually, startDeno } from "../../support/process.ts";
import { occupyPort, query, startQuick, withServerFolder } from "./support.ts";

const STARTER = "tests/lib/postgres/start_server.ts";

Deno.test("startPostgres() keeps data, password and port when the server is stopped and started again", async () => {
  await withServerFolder(async (directory) => {
    const first = await startPostgres(directory);
    assert.equal(first.started, true);
    assert.match(String(await query(first.url, "select version()")), /^PostgreSQL 18\./);
    await query(first.url, "create table kept as select 42 as answer");
    assert.equal(await stopPostgres(directory), true);

    const second = await startPostgres(directory);
    assert.equal(second.url, first.url);
    assert.notEqual(second.pid, first.pid);
    assert.equal(await query(second.url, "select answer from kept"), 42);
  });
});

Deno.test("startPostgres() makes a UTF-8 database with a locale that hosts cannot change", async () => {
  await withServerFolder(async (directory) => {
    const { url } = await startQuick(directory);
    const locale = `select concat_ws(' ', pg_encoding_to_char(encoding), datlocprovider, datlocale)
      from pg_database where datname = current_database()`;
    assert.equal(await query(url, locale), "UTF8 b C.UTF-8");
    assert.equal(await query(url, "select upper('straße ångström')"), "STRASSE ÅNGSTRÖM".replace("SS", "ß"));
    assert.equal(await query(url, "show fsync"), "off");
  });
});

Deno.test("startPostgres() joins when the server runs already", async () => {
  await withServerFolder(async (directory) => {
    const first = await startQuick(directory);
    const second = await startQuick(directory, { port: first.port });
    assert.deepEqual(second, { ...first, started: false });
    await assert.rejects(
      startQuick(directory, { port: first.port + 1 }),
      (error) =>
        error instanceof EmbeddedPostgresError && error.message.includes(`runs on port ${first.port}, not`),
    );
  });
});

Deno.test("startPostgres() starts one server when several processes call it at once", async () => {
  await withServerFolder(async (directory) => {
    await using children = new AsyncDisposableStack();
    const starters = [1, 2, 3].map(() => children.use(startDeno([STARTER, directory])));
    const servers = await Promise.all(starters.map(printedServer));
    assert.equal(servers.filter(({ started }) => started).length, 1);
    assert.equal(new Set(servers.map(({ url, pid }) => `${url} ${pid}`)).size, 1);
    assert.equal(await query(servers[0].url, "select 1"), 1);
  });
});

Deno.test("startPostgres() leaves a server that outlives the process that started it", async () => {
  await withServerFolder(async (directory) => {
    const starter = startDeno([STARTER, directory]);
    const server = await printedServer(starter);
    assert.equal(await query(server.url, "select 1"), 1);
    starter.kill("SIGKILL");
    assert.equal((await starter.result).signal, "SIGKILL");

    assert.equal(await query(server.url, "select 1"), 1);
    assert.notEqual(
      await sessionOf(server.pid),
      await sessionOf(Deno.pid),
      "a Ctrl-C would reach the server",
    );
    assert.deepEqual(await startQuick(directory), { ...server, started: false });
  });
});

Deno.test("startPostgres() refuses a named port when it is taken", async () => {
  await withServerFolder(async (directory) => {
    using taken = occupyPort();
    await assert.rejects(
      startQuick(directory, { port: taken.port }),
      new EmbeddedPostgresError(`Port ${taken.port} on 127.0.0.1 is taken by another program`, {
        hint: "Choose another port, or none: then a free one is found",
      }),
    );
    await assert.rejects(startQuick(directory, { port: 70_000 }), InvalidArgumentError);
    assert.equal((await postgresStatus(directory)).running, false);
  });
});

Deno.test("startPostgres() takes another port when the one used last is taken", async () => {
  await withServerFolder(async (directory) => {
    const first = await startQuick(directory);
    await stopPostgres(directory);
    using taken = occupyPort(first.port);
    const second = await startQuick(directory);
    assert.notEqual(second.port, taken.port);
    assert.equal(await query(second.url, "select 1"), 1);
  });
});

Deno.test("startPostgres() leaves no server behind when its signal aborts", async () => {
  await withServerFolder(async (directory) => {
    await startQuick(directory);
    await stopPostgres(directory);
    const abort = new AbortController();
    const start = startPostgres(directory, { signal: abort.signal });
    await eventually(async () =>
      (await Deno.readTextFile(join(directory, "server.log"))).includes("listening")
    );
    abort.abort(new Error("Enough"));
    await start.catch((error) => assert.equal(error.message, "Enough"));
    await stopPostgres(directory);
    await eventually(async () => !(await postgresStatus(directory)).running);
  });
});

Deno.test("postgresStatus() and postgresUrl() tell what runs, and that nothing runs", async () => {
  await withServerFolder(async (directory) => {
    assert.deepEqual(await postgresStatus(directory), { running: false, directory });
    assert.equal(await postgresUrl(directory), null);
    assert.equal(await stopPostgres(directory), false);

    const { pid, port, url } = await startQuick(directory);
    const { startedAt, ...status } = await postgresStatus(directory);
    assert.deepEqual(status, { running: true, directory, pid, port, version: "18.4" });
    assert.ok(startedAt !== undefined && Math.abs(Date.now() - startedAt.getTime()) < 60_000);
    assert.equal(await postgresUrl(directory), url);

    assert.equal(await stopPostgres(directory), true);
    assert.equal(await stopPostgres(directory), false);
    assert.equal((await postgresStatus(directory)).running, false);
  });
});

async function printedServer(child: { readonly stdout: string }): Promise<PostgresServer> {
  return JSON.parse(
    await eventually(() => child.stdout.includes("\n") && child.stdout, { timeoutMs: 60_000 }),
  );
}

async function sessionOf(pid: number): Promise<string> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
}
