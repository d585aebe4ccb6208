/**
 * graphile-worker at the settings that its documentation on performance gives for many short jobs.
 *
 * @module
 */

import { Logger, makeWorkerUtils, run, runMigrations, type WorkerUtils } from "graphile-worker";
import { serve } from "./program.ts";

const logger = new Logger(() => () => {});

await serve((connectionString) => {
  let utils: WorkerUtils;
  return {
    install: () => runMigrations({ connectionString, logger }),
    async connect() {
      utils = await makeWorkerUtils({ connectionString, logger });
    },
    spawn: () => utils.addJob("nothing", {}),
    spawnMany: (count) =>
      utils.addJobs(Array.from({ length: count }, () => ({ identifier: "nothing", payload: {} }))),
    async work(onTask) {
      await run({
        preset: {
          worker: {
            connectionString,
            concurrentJobs: 24,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
            logger,
          },
        },
        noHandleSignals: true,
        taskList: { nothing: () => onTask() },
      });
    },
  };
});
