import assert from "node:assert/strict";
import { join } from "node:path";
import { postgresStatus, startPostgres, stopPostgres } from "../../../lib/postgres/mod.ts";
import { eventually } from "../../support/process.ts";
import { query, startQuick, withServerFolder } from "./support.ts";

Deno.test("startPostgres() recovers what was committed when the server was killed", async () => {
  await withServerFolder(async (directory) => {
    const first = await startPostgres(directory);
    await query(first.url, "create table kept as select generate_series(1, 1000) as number");
    Deno.kill(first.pid, "SIGKILL");
    await eventually(async () => !(await postgresStatus(directory)).running);

    const second = await startPostgres(directory);
    assert.equal(second.started, true);
    assert.equal(await query(second.url, "select count(*)::int from kept"), 1000);
  });
});

Deno.test("startPostgres() starts when a pid file names a process that is gone", async () => {
  await withServerFolder(async (directory) => {
    const pidFile = join(directory, "data", "postmaster.pid");
    await startQuick(directory);
    const content = await Deno.readTextFile(pidFile);
    await stopPostgres(directory);
    await Deno.writeTextFile(pidFile, content);

    const { url } = await startQuick(directory);
    assert.equal(await query(url, "select 1"), 1);
  });
});

Deno.test("startPostgres() starts when a pid file names another program's process", async () => {
  await withServerFolder(async (directory) => {
    const pidFile = join(directory, "data", "postmaster.pid");
    await startQuick(directory);
    const content = await Deno.readTextFile(pidFile);
    await stopPostgres(directory);
    // Of the server's own user: processes of others the server itself knows to be strangers.
    const { uid, gid } = await Deno.stat(join(directory, "data"));
    const owner = Deno.uid() === 0 ? { uid: uid ?? undefined, gid: gid ?? undefined } : {};
    await using stranger = new Deno.Command("/bin/sleep", { args: ["60"], cwd: "/", ...owner }).spawn();
    await Deno.writeTextFile(pidFile, content.replace(/^\d+/, `${stranger.pid}`));

    assert.equal(await stopPostgres(directory), false);
    const { url, started } = await startQuick(directory);
    assert.equal(started, true);
    assert.equal(await query(url, "select 1"), 1);
  });
});

Deno.test("startPostgres() makes the cluster anew when it was left half made", async () => {
  await withServerFolder(async (directory) => {
    const partial = join(directory, "data.partial");
    await startQuick(directory);
    await stopPostgres(directory);
    await Deno.rename(join(directory, "data"), partial);
    await Deno.remove(join(partial, "global"), { recursive: true });

    const { url } = await startQuick(directory);
    assert.equal(await query(url, "select 1"), 1);
    assert.equal(await eventually(() => Deno.stat(partial).then(() => false, () => true)), true);
  });
});
