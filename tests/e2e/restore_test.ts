import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually, ROOT, runCli, startCli } from "../support/process.ts";
import { openDatabase } from "../../lib/database.ts";
import { type DebianPostgres, startDebianPostgres } from "./debian_postgres.ts";
import { cliJson, quickSettings, withFolder } from "./support.ts";

const STAGES = ["--stages", join(ROOT, "tests/fixtures/stages/absurd.json")];

Deno.test("a backup that was made while a worker ran is restored, and everything goes on", async () => {
  await withFolder(async (folder) => {
    await using server = await startDebianPostgres(join(folder, "postgres"));
    const dump = join(folder, "postgres/data/queue.dump");
    const before = { env: quickSettings(server.url("queue"), join(folder, "work")) };
    const spawn = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli(["spawn", ...args], before);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };

    await createDatabase(server, "queue");
    assert.equal((await runCli(["init", "--roles", "--with", "sky"], before)).code, 0);
    const failed = await spawn("shell", "-P", "script=exit 65");
    const done = await spawn("echo");
    assert.equal((await runCli(["worker", "--drain", ...STAGES], before)).code, 0);
    const restored = join(folder, "restored");
    const running = await spawn("shell", "-P", `script=test -e ${restored} || sleep 600`);
    const waiting = await spawn("echo", "--depends-on", running);
    const statusOf = async (id: string, options = before) =>
      (await cliJson(["task", "show", id], options)).status;
    {
      await using worker = startCli(["worker", ...STAGES], before);
      await eventually(async () => await statusOf(running) === "claimed", { timeoutMs: 30_000 });
      await server.run("pg_dump", "--format=custom", `--file=${dump}`, server.url("queue"));
      worker.kill("SIGKILL");
    }

    await createDatabase(server, "restored");
    await server.run("pg_restore", "--exit-on-error", `--dbname=${server.url("restored")}`, dump);
    await Deno.writeTextFile(restored, "");
    const after = { env: quickSettings(server.url("restored"), join(folder, "work")) };
    const check = await runCli(["init", "--check"], after);
    assert.equal(check.code, 0, check.stdout + check.stderr);
    // the claim of a worker that is gone is noticed, and what waits for it follows
    const end = await runCli(["worker", "--drain", ...STAGES], after);
    assert.equal(end.code, 0, end.stderr);
    for (
      const [id, status] of [[done, "completed"], [running, "completed"], [waiting, "completed"], [
        failed,
        "failed",
      ]]
    ) {
      assert.equal(await statusOf(id, after), status);
    }
    assert.equal((await runCli(["dlq", "replay", failed], after)).code, 0);
    assert.equal(await statusOf(failed, after), "pending");
  });
});

async function createDatabase(server: DebianPostgres, name: string): Promise<void> {
  await using database = openDatabase({ url: server.url("postgres"), maxConnections: 1 });
  await database.query(`create database ${name}`);
}
