/**
 * The database cluster: made once, then kept.
 *
 * @module
 */

import { join } from "node:path";
import { EmbeddedPostgresError } from "../errors.ts";
import { type Account, type ProgramResult, runProgram } from "./account.ts";
import { type Binaries, MAJOR_VERSION } from "./binaries.ts";
import { exists, readPassword, type ServerFolder } from "./folder.ts";

/** Name of the database that is made with the cluster. */
export const DATABASE_NAME = "absurd";

/** How a cluster is made. */
export interface ClusterOptions {
  /** User that the server runs as, when it is not who we are. */
  account?: Account;
  /** Whether the new files are flushed to the disk. @default {true} */
  durable?: boolean;
}

/**
 * Makes the cluster of `folder`, unless there is one.
 *
 * @throws {EmbeddedPostgresError} When it cannot be made, or is of another major version.
 */
export async function ensureCluster(
  folder: ServerFolder,
  binaries: Binaries,
  options: ClusterOptions = {},
): Promise<void> {
  if (await exists(folder.data)) return await requireUsable(folder, options.account);
  // A cluster half made must never be taken for a good one: it gets its name when all is done.
  const partial = `${folder.data}.partial`;
  await removeTree(partial);
  await makePassword(folder);
  try {
    await makeOwned(partial, options.account);
    await initialise(folder, partial, binaries, options);
    await makeDatabase(partial, binaries, options);
    await Deno.rename(partial, folder.data);
    // Were the new name lost in a power cut, the next start would take the cluster for half made.
    await syncToDisk(folder.root);
  } catch (error) {
    await removeTree(partial);
    throw error;
  }
}

async function requireUsable(folder: ServerFolder, account: Account | undefined): Promise<void> {
  const { data, root } = folder;
  const owner = (await Deno.stat(data)).uid;
  if (account !== undefined && owner !== account.uid) {
    throw new EmbeddedPostgresError(`The PostgreSQL folder ${root} belongs to user ${owner}`, {
      hint: "Run this as that user, not as root, or choose another folder",
    });
  }
  const version = await Deno.readTextFile(join(data, "PG_VERSION")).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  if (version.trim() === MAJOR_VERSION) {
    // A server that nobody can log in to should not be started in the first place.
    await readPassword(folder);
    return;
  }
  if (version === "") {
    throw new EmbeddedPostgresError(`The folder ${data} is not a PostgreSQL cluster: PG_VERSION is missing`, {
      hint: "Restore it from a backup, or choose another folder",
    });
  }
  throw new EmbeddedPostgresError(
    `The cluster in ${data} was made by PostgreSQL ${version.trim()}, and this is PostgreSQL ${MAJOR_VERSION}`,
    { hint: "Move the data with pg_dumpall of the old server, or choose another folder" },
  );
}

async function makePassword(folder: ServerFolder): Promise<void> {
  const password = crypto.getRandomValues(new Uint8Array(24)).toHex();
  await Deno.writeTextFile(folder.password, password + "\n", { mode: 0o600 });
  await syncToDisk(folder.password);
}

/** Makes sure that a file's content, or a folder's list of names, survives a power cut. */
async function syncToDisk(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}

async function makeOwned(path: string, account: Account | undefined): Promise<void> {
  await Deno.mkdir(path, { mode: 0o700 });
  if (account !== undefined) await Deno.chown(path, account.uid, account.gid);
}

/** Runs initdb. The locale is PostgreSQL's own, so that it is the same on every host and never changes under us. */
async function initialise(
  folder: ServerFolder,
  data: string,
  { initdb }: Binaries,
  { account, durable = true }: ClusterOptions,
): Promise<void> {
  const passwordFile = `${data}.password`;
  await Deno.writeTextFile(passwordFile, await readPassword(folder), { mode: 0o600 });
  if (account !== undefined) await Deno.chown(passwordFile, account.uid, account.gid);
  const flags = [
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    ...(durable ? [] : ["--no-sync"]),
  ];
  try {
    requireSuccess(
      "initdb",
      data,
      await runProgram([initdb, "-D", data, ...flags], folder.root, { account }),
    );
  } finally {
    await Deno.remove(passwordFile);
  }
}

/** Makes the database in single-user mode, for which no server has to listen. */
async function makeDatabase(
  data: string,
  { postgres }: Binaries,
  { account, durable = true }: ClusterOptions,
): Promise<void> {
  const flags = ["--single", "-D", data, "-c", "exit_on_error=on", "-c", `fsync=${durable ? "on" : "off"}`];
  const result = await runProgram([postgres, ...flags, "postgres"], data, {
    account,
    stdin: `create database ${DATABASE_NAME};\n`,
  });
  requireSuccess("create database", data, result);
}

function requireSuccess(what: string, data: string, { code, stdout, stderr }: ProgramResult): void {
  if (code === 0) return;
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const errors = lines.filter((line) => /error|fatal|panic|no space/i.test(line));
  throw new EmbeddedPostgresError(
    `${what} failed with exit code ${code} in ${data}: ${
      (errors.length > 0 ? errors : lines.slice(-3)).join("; ")
    }`,
    { hint: "Nothing was kept of it; remove the cause and start again" },
  );
}

async function removeTree(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}
