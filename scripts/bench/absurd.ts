/**
 * Our queue, asked to do what its peers are asked (`peers/program.ts`).
 *
 * @module
 */

import { AbsurdClient, AbsurdConfig } from "../../mod.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import { serve } from "./peers/program.ts";

await serve((databaseUrl) => {
  const client = new AbsurdClient({ databaseUrl, queueName: "bench" });
  return {
    install: async () => void await client.installSchema(),
    connect: async () => void await client.connect(),
    spawn: () => client.spawn("nothing"),
    spawnMany: (count) => client.spawnMany(Array.from({ length: count }, () => ({ taskName: "nothing" }))),
    async work(onTask) {
      const config = AbsurdConfig.fromEnv({
        ABSURD_DATABASE_URL: databaseUrl,
        ABSURD_QUEUE_NAME: "bench",
        ABSURD_WORKER_CONCURRENCY: "500",
      });
      const executor = () => {
        onTask();
        return Promise.resolve(null);
      };
      const started = Promise.withResolvers<void>();
      const onEvent = ({ type }: { type: string }) => {
        if (type === "started") started.resolve();
      };
      void new AbsurdWorker(config, executor, { onEvent }).run();
      await started.promise;
    },
  };
});
