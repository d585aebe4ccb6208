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
 * Kills one of the workers, which one is up to chance, as soon as so many tasks of the queue are completed and it is in
 * the middle of one.
 *
 * @param completed Number of tasks to wait for.
 * @returns What was killed; null when the signal came first.
 */
export async function killOne(
  client: AbsurdClient,
  workers: readonly Deno.ChildProcess[],
  { queueName, completed, signal }: { queueName: string; completed: number; signal: AbortSignal },
): Promise<Kill | null> {
  const victim = workers[Math.floor(Math.random() * workers.length)];
  while (!signal.aborted) {
    const done = await client.listTasks({ queueName, status: "completed", limit: 1000 });
    const claimed = await client.listTasks({ queueName, status: "claimed" });
    // A worker's id names its process.
    const held = claimed.filter(({ workerId }) => workerId?.includes(`-${victim.pid}-`));
    if (done.length >= completed && held.length > 0) {
      victim.kill("SIGKILL");
      await victim.status;
      return { pid: victim.pid, steps: held.map(({ stepName, taskName }) => stepName ?? taskName) };
    }
    await pause(LOOK_EVERY_MS, signal);
  }
  return null;
}
