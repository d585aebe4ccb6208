/**
 * A worker that is killed in the middle: `_killed_worker.ts DATABASE_URL COUNT` runs COUNT short tasks, and does not
 * survive the next one.
 *
 * @module
 */

import { quickConfig, startWorker } from "./_worker.ts";

const [url, count] = Deno.args;
let runs = 0;
const worker = startWorker(quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "2" }), () => {
  if (++runs > Number(count)) Deno.kill(Deno.pid, "SIGKILL");
  return Promise.resolve(null);
});
await worker.ended;
