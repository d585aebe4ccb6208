/**
 * absurd-sdk: another project of our name. The package does not ship its schema: BENCH_ABSURD_SQL names the file.
 *
 * @module
 */

import { Absurd } from "absurd-sdk";
import pg from "pg";
import { serve } from "./program.ts";

const QUEUE = "nothing";

await serve((connectionString) => {
  const pool = new pg.Pool({ connectionString, max: 16 });
  const app = new Absurd({ db: pool, queueName: QUEUE });
  return {
    async install() {
      await pool.query(await Deno.readTextFile(Deno.env.get("BENCH_ABSURD_SQL")!));
      await app.createQueue(QUEUE);
    },
    connect: () => Promise.resolve(),
    spawn: () => app.spawn("nothing", {}, { queue: QUEUE }),
    // Its library has no call for many; this is its function, in one statement.
    spawnMany: (count) =>
      pool.query("select absurd.spawn_task($1, 'nothing', '{}', '{}') from generate_series(1, $2::int)", [
        QUEUE,
        count,
      ]),
    async work(onTask) {
      app.registerTask({ name: "nothing", queue: QUEUE }, () => {
        onTask();
        return Promise.resolve(null);
      });
      await app.startWorker({ concurrency: 50 });
    },
  };
});
