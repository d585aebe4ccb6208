/**
 * Stops the server of a folder once no test process has used it for some seconds, and removes the folder.
 *
 * Arguments: the folder, and how many seconds.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { stopPostgres } from "../../lib/postgres/mod.ts";
import { lockUsers, usersFile } from "./server.ts";

const [directory, lingerSec] = Deno.args;
let lock = await lockUsers(directory, { exclusive: true });
while (Number(lingerSec) > 0) {
  await lock.unlock();
  await delay(Number(lingerSec) * 1000);
  if (await lock.tryLock(true)) break;
  lock.close();
  lock = await lockUsers(directory, { exclusive: true });
}
await stopPostgres(directory);
await Deno.remove(directory, { recursive: true });
await Deno.remove(usersFile(directory));
lock.close();
