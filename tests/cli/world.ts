/**
 * A database with tasks in it, and commands that look at it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { json } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { type FakeWorld, type Outcome, runInProcess } from "./fake_context.ts";

/** What a test can do with its database. */
export interface CliWorld {
  /** The database, for what the command line cannot do. */
  readonly database: Database;
  /** Where it is. */
  readonly url: string;
  /** Runs `absurd ARGS` on the database. */
  run(args: string[], world?: FakeWorld): Promise<Outcome>;
  /** Runs `absurd ARGS --json`, which must succeed, and returns the document. */
  // deno-lint-ignore no-explicit-any -- documents of many shapes, looked at by assertions only
  document(args: string[], world?: FakeWorld): Promise<any>;
  /** Runs `absurd spawn ARGS`, which must succeed, and returns the id. */
  spawn(...args: string[]): Promise<string>;
  /** Claims the next task of the queue as worker `tester`. */
  claim(): Promise<{ task_id: string; attempt: number }>;
  /** Claims the next task and fails it for good. */
  failNext(message: string): Promise<string>;
  /** Claims the next task and completes it. */
  completeNext(result: Record<string, string | number>): Promise<string>;
}

const QUEUE = "dsa110-pipeline";

/** Runs `test` on a database of its own, in which worker `tester` offers every task. */
export async function withWorld(test: (world: CliWorld) => Promise<void>): Promise<void> {
  await withDatabase(async (database, url) => {
    const run: CliWorld["run"] = (args, world = {}) =>
      runInProcess(args, { ...world, env: { ABSURD_DATABASE_URL: url, ...world.env } });
    const must = async (args: string[], world?: FakeWorld) => {
      const { code, stdout, stderr } = await run(args, world);
      assert.equal(code, 0, `absurd ${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    const claim = async () => {
      const args = { "worker_id": "tester", "queue_name": QUEUE };
      const [row] = await database.call<{ task_id: string; attempt: number }>("claim_task", args);
      assert.ok(row, "nothing to claim");
      return row;
    };
    await registerWorker(database);
    await test({
      database,
      url,
      run,
      claim,
      document: async (args, world) => JSON.parse(await must([...args, "--json"], world)),
      spawn: async (...args) => (await must(["spawn", ...args])).trim(),
      async failNext(message) {
        const claimed = await claim();
        await database.call("fail_task", {
          "task_id": claimed.task_id,
          "attempt": claimed.attempt,
          message,
          permanent: true,
        });
        return claimed.task_id;
      },
      async completeNext(result) {
        const claimed = await claim();
        await database.call("complete_task", {
          "task_id": claimed.task_id,
          "attempt": claimed.attempt,
          result: json(result),
        });
        return claimed.task_id;
      },
    });
  });
}

async function registerWorker(database: Database): Promise<void> {
  const info = {
    hostname: "node1",
    pid: 4711,
    version: "0.1.0",
    "queue_names": [QUEUE],
    "task_names": null,
    concurrency: 4,
  };
  await database.call("register_worker", { "worker_id": "tester", info: json(info) });
}
