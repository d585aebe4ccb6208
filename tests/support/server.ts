/**
 * The PostgreSQL server that tests run on.
 *
 * ABSURD_TEST_DATABASE_URL names one. Without, an embedded server is shared by all test processes that run at that
 * time: the first starts it, each holds a lock that the kernel gives back however the process ends, and a watchdog
 * stops the server and removes its folder as soon as nobody holds the lock any more.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startPostgres, stopPostgres } from "../../lib/postgres/mod.ts";
import { memoryFolder } from "./memory_folder.ts";

const WATCHDOG = fileURLToPath(new URL("./watchdog.ts", import.meta.url));

/** A server in use by this process. */
export interface TestServer extends Disposable {
  /** Where to connect to as a superuser. */
  readonly url: string;
}

/** The server that ABSURD_TEST_DATABASE_URL names, else the shared one. Disposing says that we need it no more. */
export async function useTestServer(): Promise<TestServer> {
  const url = Deno.env.get("ABSURD_TEST_DATABASE_URL");
  if (url) return { url, [Symbol.dispose]: () => {} };
  const directory = join(await memoryFolder() ?? tmpdir(), `absurd-tests-${Deno.uid()}`);
  // Between two test files of one run nobody holds the lock for a moment.
  return await useEmbeddedServer(directory, { lingerSec: 3 });
}

/**
 * Starts or joins the server of `directory`, which is stopped and removed when nobody has used it for `lingerSec`
 * seconds.
 */
export async function useEmbeddedServer(
  directory: string,
  { lingerSec }: { lingerSec: number },
): Promise<TestServer> {
  const lock = await lockUsers(directory, { exclusive: false });
  // Nothing in it is worth the disk's time.
  const { url, started } = await startPostgres(directory, { durable: false });
  if (started) await launchWatchdog(directory, lingerSec);
  return { url, [Symbol.dispose]: () => lock.close() };
}

/**
 * Stops the server of `directory` once nobody has used it for `lingerSec` seconds, and removes the folder. Waits for its
 * users for as long as it takes.
 */
export async function stopUnusedServer(
  directory: string,
  { lingerSec }: { lingerSec: number },
): Promise<void> {
  let lock = await lockUsers(directory, { exclusive: true });
  while (lingerSec > 0) {
    await lock.unlock();
    await delay(lingerSec * 1000);
    if (await lock.tryLock(true)) break;
    lock.close();
    lock = await lockUsers(directory, { exclusive: true });
  }
  // Somebody else may have done it while we waited for the lock.
  if (existsSync(directory)) {
    await stopPostgres(directory);
    await Deno.remove(directory, { recursive: true });
  }
  await Deno.remove(usersFile(directory)).catch(() => {});
  lock.close();
}

/**
 * Locks the file that stands for the users of the server in `directory`: shared by each user, exclusive for the
 * watchdog. Waits for as long as it takes.
 */
export async function lockUsers(
  directory: string,
  { exclusive }: { exclusive: boolean },
): Promise<Deno.FsFile> {
  const path = usersFile(directory);
  while (true) {
    const file = await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
    await file.lock(exclusive);
    // The watchdog removes the file: a lock on one that is no longer there locks nobody out.
    const current = await Deno.stat(path).catch(() => null);
    if (current?.ino === (await file.stat()).ino) return file;
    file.close();
  }
}

/** Path of the file that {@linkcode lockUsers} locks; outside the folder, which has to be empty at first. */
export function usersFile(directory: string): string {
  return `${directory}.users`;
}

async function launchWatchdog(directory: string, lingerSec: number): Promise<void> {
  // The shell ends at once, so that the watchdog is not our child and no test leaks it.
  const script = '"$@" </dev/null >/dev/null 2>&1 &';
  const command = [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-lock",
    "--allow-all",
    WATCHDOG,
    directory,
    `${lingerSec}`,
  ];
  await new Deno.Command("/bin/sh", { args: ["-c", script, "sh", ...command], detached: true }).output();
}
