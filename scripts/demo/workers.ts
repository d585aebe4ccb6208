/**
 * Workers as processes of their own, one of which is killed at a random moment.
 *
 * @module
 */

import { resolve } from "node:path";
import type { AbsurdClient } from "@dsa110/absurd";
import { pause } from "../../lib/backoff.ts";

const PROGRAM = resolve(import.meta.dirname!, "../../cli/main.ts");
const LOOK_EVERY_MS = 100;

/** Starts a worker; what it says is not shown. */
export function startWorker(env: Record<string, string>): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-all", PROGRAM, "worker"],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Asks workers to end, and waits until they have. */
export async function stopWorkers(workers: readonly Deno.ChildProcess[]): Promise<void> {
  for (const worker of workers) {
    try {
      worker.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
  }
  await Promise.all(workers.map((worker) => worker.status));
}

/** What was killed, and in the middle of what. */
export interface Kill {
  /** Process id of the worker. */
  readonly pid: number;
  /** Names of the steps that it was at. */
  readonly steps: string[];
}

/**
 * Kills one of the workers as soon as so many tasks of the queue are completed: which one of those that are in the middle
 * of a task is up to chance.
 *
 * @param completed Number of tasks to wait for.
 * @returns What was killed; null when the signal came first.
 */
export async function killOne(
  client: AbsurdClient,
  workers: readonly Deno.ChildProcess[],
  { queueName, completed, signal }: { queueName: string; completed: number; signal: AbortSignal },
): Promise<Kill | null> {
  while (!signal.aborted) {
    const done = await client.listTasks({ queueName, status: "completed", limit: 1000 });
    const claimed = done.length < completed ? [] : await client.listTasks({ queueName, status: "claimed" });
    // A worker's id names its process.
    const busy = workers.map((worker) => ({
      worker,
      held: claimed.filter(({ workerId }) => workerId?.includes(`-${worker.pid}-`)),
    })).filter(({ held }) => held.length > 0);
    if (busy.length > 0) {
      const { worker, held } = busy[Math.floor(Math.random() * busy.length)];
      worker.kill("SIGKILL");
      await worker.status;
      return { pid: worker.pid, steps: held.map(({ stepName, taskName }) => stepName ?? taskName) };
    }
    await pause(LOOK_EVERY_MS, signal);
  }
  return null;
}
