/**
 * pg-boss with the largest batches that pay, and notifications, which it needs to start a job promptly.
 *
 * @module
 */

import { PgBoss } from "pg-boss";
import { serve } from "./program.ts";

const QUEUE = "nothing";

await serve((connectionString) => {
  const boss = new PgBoss({ connectionString, useListenNotify: true });
  boss.on("error", console.error);
  return {
    async install() {
      await boss.start();
      await boss.createQueue(QUEUE, { notify: true });
    },
    async connect() {
      await boss.start();
    },
    spawn: () => boss.send(QUEUE, {}),
    spawnMany: (count) => boss.insert(QUEUE, Array.from({ length: count }, () => ({ data: {} }))),
    async work(onTask) {
      await boss.start();
      const options = { batchSize: 500, burstWhenBatchFull: true, localConcurrency: 4 };
      await boss.work(QUEUE, options, (jobs) => {
        for (const _ of jobs) onTask();
        return Promise.resolve();
      });
    },
  };
});
