/**
 * What tests of workers share: a quick configuration, executors, and a record of events.
 *
 * @module
 */

import { AbsurdClient } from "../../../lib/client.ts";
import { AbsurdConfig } from "../../../lib/config.ts";
import type { ClaimedTask, TaskExecutor } from "../../../lib/task.ts";
import type { WorkerEvent, WorkerSummary } from "../../../lib/worker/events.ts";
import type { RunningTask, Settled } from "../../../lib/worker/running_task.ts";
import { AbsurdWorker, type WorkerOptions } from "../../../lib/worker/worker.ts";

/** Queue of the tests. */
export const QUEUE = "test";

/** A configuration with short times. */
export function quickConfig(databaseUrl: string, env: Record<string, string> = {}): AbsurdConfig {
  return AbsurdConfig.fromEnv({
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_QUEUE_NAME: QUEUE,
    ABSURD_WORKER_POLL_INTERVAL: "0.1",
    ABSURD_HEARTBEAT_INTERVAL: "0.5",
    ABSURD_LEASE: "2",
    ABSURD_GRACE_PERIOD: "0.3",
    ABSURD_BACKOFF_BASE: "0.05",
    ABSURD_BACKOFF_CAP: "0.1",
    ...env,
  });
}

/** A client of the tests' queue. */
export function testClient(databaseUrl: string): AbsurdClient {
  return new AbsurdClient({ databaseUrl, queueName: QUEUE });
}

/** A worker under way. */
export interface StartedWorker extends AsyncDisposable {
  /** All that it told so far. */
  readonly events: WorkerEvent[];
  /** Its end. */
  readonly ended: Promise<WorkerSummary>;
  /** Tells it to stop, and waits for its end. */
  stop(): Promise<WorkerSummary>;
  /** Resolves with the first event of a type, past or to come. */
  event<Type extends WorkerEvent["type"]>(type: Type): Promise<Extract<WorkerEvent, { type: Type }>>;
}

/** Starts a worker; it is stopped when disposed of. */
export function startWorker(
  config: AbsurdConfig,
  executor: TaskExecutor,
  options: WorkerOptions = {},
): StartedWorker {
  const stop = new AbortController();
  const events: WorkerEvent[] = [];
  const waiting = new Set<() => void>();
  const worker = new AbsurdWorker(config, executor, {
    ...options,
    onEvent(event) {
      events.push(event);
      for (const look of waiting) look();
    },
  });
  const ended = worker.run({ signal: stop.signal });
  ended.catch(() => {}); // told to whoever awaits it
  const end = () => {
    stop.abort();
    return ended;
  };
  return {
    events,
    ended,
    stop: end,
    async event<Type extends WorkerEvent["type"]>(type: Type) {
      type Found = Extract<WorkerEvent, { type: Type }>;
      const find = () => events.find((event): event is Found => event.type === type);
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => find() && resolve();
      waiting.add(look);
      look();
      await Promise.race([promise, ended]);
      waiting.delete(look);
      const found = find();
      if (!found) throw new Error(`The worker ended without an event "${type}"`);
      return found;
    },
    async [Symbol.asyncDispose]() {
      await end().catch(() => {});
    },
  };
}

/** An executor that settles when it is told to stop, as a good one does. */
export const waitForStop: TaskExecutor = (_task, { signal }) =>
  new Promise((_, reject) => {
    if (signal.aborted) return reject(new Error(`stopped: ${signal.reason}`));
    signal.addEventListener("abort", () => reject(new Error(`stopped: ${signal.reason}`)), { once: true });
  });

/** A claim as it comes from the database, for tests without one. */
export function claimed(fields: Partial<ClaimedTask> = {}): ClaimedTask {
  return {
    taskId: "00000000-0000-7000-8000-000000000000",
    taskName: "work",
    queueName: QUEUE,
    attempt: 1,
    params: {},
    inputs: {},
    workflowId: null,
    stepName: null,
    failures: 0,
    maxRetries: 3,
    timeoutSec: 3600,
    ...fields,
  };
}

/** How an attempt settles that an executor works on. */
export function settling(running: RunningTask, executor: TaskExecutor): Promise<Settled> {
  return new Promise((resolve) => running.run(executor, (_running, settled) => resolve(settled)));
}
