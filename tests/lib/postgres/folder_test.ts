import assert from "node:assert/strict";
import { join } from "node:path";
import { EmbeddedPostgresError } from "../../../lib/errors.ts";
import { runProgram } from "../../../lib/postgres/account.ts";
import { packageFolder } from "../../../lib/postgres/binaries.ts";
import { ensureCluster } from "../../../lib/postgres/cluster.ts";
import { claimFolder } from "../../../lib/postgres/folder.ts";
import { postgresStatus, stopPostgres } from "../../../lib/postgres/mod.ts";
import { startQuick, withServerFolder } from "./support.ts";

Deno.test("startPostgres() refuses a folder when it holds other things", async () => {
  await withServerFolder(async (directory) => {
    await Deno.mkdir(directory);
    await Deno.writeTextFile(join(directory, "thesis.tex"), "");
    for (const call of [startQuick, stopPostgres, postgresStatus]) {
      await rejects(
        call(directory),
        `The folder ${directory} was not made by absurd: it contains thesis.tex`,
      );
    }
    assert.deepEqual(await names(directory), ["thesis.tex"]);
  });
});

Deno.test("startPostgres() refuses a folder when it is a file", async () => {
  await withServerFolder(async (directory) => {
    await Deno.writeTextFile(directory, "");
    await rejects(startQuick(directory), `The PostgreSQL folder ${directory} is not a folder`);
    await rejects(
      startQuick(join(directory, "below")),
      `The PostgreSQL folder ${directory}/below is not a folder`,
    );
  });
});

Deno.test("startPostgres() takes a folder when it is empty and private", async () => {
  await withServerFolder(async (directory) => {
    await Deno.mkdir(directory, { mode: 0o700 });
    assert.equal((await startQuick(directory)).started, true);
    const password = await Deno.stat(join(directory, "password"));
    assert.equal((password.mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("startPostgres() refuses a cluster when another major version made it", async () => {
  await withServerFolder(async (directory) => {
    const data = await makeFakeCluster(directory, { version: "15" });
    await rejects(
      startQuick(directory),
      `The cluster in ${data} was made by PostgreSQL 15, and this is PostgreSQL 18`,
    );
  });
});

Deno.test("startPostgres() refuses a cluster when its version or password is lost", async () => {
  await withServerFolder(async (directory) => {
    const data = await makeFakeCluster(directory, { version: "18" });
    await rejects(startQuick(directory), `The password file ${directory}/password is missing`);
    await Deno.remove(join(data, "PG_VERSION"));
    await rejects(
      startQuick(directory),
      `The folder ${data} is not a PostgreSQL cluster: PG_VERSION is missing`,
    );
  });
});

Deno.test({
  name: "startPostgres() names the first folder on the way that the server's user cannot pass",
  ignore: Deno.uid() !== 0,
  async fn() {
    await withServerFolder(async (directory) => {
      const [closed, deep] = [join(directory, "closed"), join(directory, "closed", "deeper", "server")];
      await Deno.mkdir(join(closed, "deeper"), { recursive: true });
      await Deno.chmod(closed, 0o700);
      await rejects(
        startQuick(deep),
        `PostgreSQL does not run as root, and user 65534 cannot reach ${deep}: ${closed} is closed to it`,
      );
      await Deno.chmod(closed, 0o711);
      await makeFakeCluster(deep, { version: "15" });
      await assert.rejects(startQuick(deep), /was made by PostgreSQL 15/);
    });
  },
});

Deno.test({
  name: "startPostgres() refuses a cluster when it belongs to another user",
  ignore: Deno.uid() !== 0,
  async fn() {
    await withServerFolder(async (directory) => {
      await Deno.chown(await makeFakeCluster(directory, { version: "18" }), 1234, 1234);
      await rejects(startQuick(directory), `The PostgreSQL folder ${directory} belongs to user 1234`);
    });
  },
});

Deno.test("ensureCluster() keeps nothing when initdb fails half way", async () => {
  await withServerFolder(async (directory) => {
    const folder = await claimFolder(directory);
    const initdb = join(directory, "initdb");
    const script = '#!/bin/sh\nmkdir "$2/base"\necho "initdb: error: No space left on device" >&2\nexit 1\n';
    await Deno.writeTextFile(initdb, script, { mode: 0o755 });
    await rejects(
      ensureCluster(folder, { initdb, postgres: "/bin/false" }),
      `initdb failed with exit code 1 in ${folder.data}.partial: initdb: error: No space left on device`,
    );
    assert.deepEqual(await names(directory), ["initdb", "password", "postgres.lock"]);
  });
});

Deno.test("runProgram() names the remedy when the program cannot be run", async () => {
  const error = await runProgram(["/nowhere/postgres"], "/").catch((error) => error);
  assert.ok(error instanceof EmbeddedPostgresError);
  assert.match(error.message, /^\/nowhere\/postgres cannot be run on this system: /);
  assert.match(error.hint ?? "", /ABSURD_DATABASE_URL/);
});

Deno.test("packageFolder() names the remedy when the platform has no package", async () => {
  const error = await packageFolder("x86_64-unknown-linux-musl").catch((error) => error);
  assert.ok(error instanceof EmbeddedPostgresError);
  assert.equal(error.message, "There is no embedded PostgreSQL for x86_64-unknown-linux-musl");
  assert.match(error.hint ?? "", /ABSURD_DATABASE_URL/);
});

/** Makes what looks like a cluster of the server's user, and returns its folder. */
async function makeFakeCluster(directory: string, { version }: { version: string }): Promise<string> {
  const { data } = await claimFolder(directory);
  await Deno.mkdir(data, { mode: 0o700 });
  await Deno.writeTextFile(join(data, "PG_VERSION"), `${version}\n`);
  if (Deno.uid() === 0) await Deno.chown(data, 65534, 65534);
  return data;
}

async function rejects(promise: Promise<unknown>, message: string): Promise<void> {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error instanceof EmbeddedPostgresError, `${error}`);
  assert.equal(error.message, message);
  assert.ok(error.hint, "an error for users needs a remedy");
}

async function names(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}
