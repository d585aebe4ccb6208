import assert from "node:assert/strict";
import { join } from "node:path";
import { openDatabase } from "../../lib/database.ts";
import { emptyDatabase, testDatabase } from "../support/database.ts";
import { eventually, killProcess, runCli, startCli } from "../support/process.ts";
import { freePort } from "./debian_postgres.ts";
import { cliJson, FIXTURE_STAGES, quickSettings, spawnNothing, withFolder } from "./support.ts";

const TASKS = 30;
/** Of the user nobody: PgBouncer refuses to run as root. */
const UNPRIVILEGED = 65534;

/** A PgBouncer in transaction mode that shares two connections among all its clients. */
interface Pooler extends AsyncDisposable {
  /** Like the server's URL, with the pooler's port. */
  readonly url: string;
}

/** Starts a PgBouncer in `folder` in front of the server that `url` leads to. */
async function startPgbouncer(folder: string, url: string): Promise<Pooler> {
  const server = new URL(url);
  const port = freePort();
  const [config, users] = [join(folder, "pgbouncer.ini"), join(folder, "users.txt")];
  await Deno.writeTextFile(users, `"${server.username}" "${server.password}"\n`);
  const lines = [
    "[databases]",
    `* = host=${server.hostname} port=${server.port}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = scram-sha-256",
    `auth_file = ${users}`,
    "pool_mode = transaction",
    "default_pool_size = 2",
  ];
  await Deno.writeTextFile(config, lines.join("\n") + "\n");
  const child = new Deno.Command("pgbouncer", {
    args: [config],
    ...(Deno.uid() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {}),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  server.port = `${port}`;
  const pooler = {
    url: server.href,
    async [Symbol.asyncDispose]() {
      killProcess(child.pid, "SIGTERM");
      await child.status;
    },
  };
  await eventually(async () => {
    await using database = openDatabase({ url: pooler.url, maxConnections: 1, reconnectSec: 0 });
    return await database.query("select 1");
  });
  return pooler;
}

Deno.test("everything but notifications goes through PgBouncer in transaction mode", async () => {
  await withFolder(async (folder) => {
    await using own = await emptyDatabase();
    await using pooler = await startPgbouncer(folder, own.url);
    const env = { ...quickSettings(pooler.url, join(folder, "work")), ABSURD_LEASE: "20" };
    assert.equal((await runCli(["init"], { env })).code, 0);
    // limits are the only thing that needs locks of its own
    assert.equal((await runCli(["queue", "limit", "dsa110-pipeline", "--max", "2"], { env })).code, 0);
    await spawnNothing(pooler.url, TASKS);

    const worker = ["worker", "--drain", "--stages", FIXTURE_STAGES, "--poll-interval", "0.1"];
    const ends = await Promise.all([runCli(worker, { env }), runCli(worker, { env })]);
    for (const { code, stderr } of ends) {
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Notifications do not come through the connection pooler at 127\.0\.0\.1:/);
      assert.match(stderr, /ABSURD_LISTEN_URL/);
    }
    const { queues } = await cliJson(["status"], { env });
    assert.equal(queues[0].completed, TASKS);
  });
});

Deno.test("ABSURD_LISTEN_URL wakes a worker past PgBouncer", async () => {
  await withFolder(async (folder) => {
    await using own = await testDatabase();
    await using pooler = await startPgbouncer(folder, own.url);
    const env = { ...quickSettings(pooler.url, join(folder, "work")), ABSURD_LISTEN_URL: own.url };
    // only a notification can make this worker look twice
    await using worker = startCli(["worker", "--stages", FIXTURE_STAGES, "--poll-interval", "1h"], { env });
    for (let task = 0; task < 2; task++) {
      const { code, stderr } = await runCli(["spawn", "nothing", "--wait"], { env });
      assert.equal(code, 0, stderr + worker.stderr);
    }
    assert.ok(!worker.stderr.includes("pooler"), worker.stderr);
    worker.kill("SIGTERM");
    await worker.result;
  });
});
