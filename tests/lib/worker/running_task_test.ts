import assert from "node:assert/strict";
import { RunningTask } from "../../../lib/worker/running_task.ts";
import { claimed, settling } from "./_worker.ts";

const OPTIONS = { stopWithinSec: 0.05, onProgress: () => {} };

Deno.test("RunningTask.run() gives up an executor that does not end though it was told to", async () => {
  const running = new RunningTask(claimed({ timeoutSec: 0.05 }), 0, OPTIONS);
  const { promise: never } = Promise.withResolvers<null>();
  assert.deepEqual(await settling(running, () => never), { kind: "stuck" });
  assert.equal(running.stopReason, "timeout");
});

Deno.test("RunningTask.run() passes results and errors on, also those thrown at once", async () => {
  assert.deepEqual(await settling(new RunningTask(claimed(), 0, OPTIONS), () => Promise.resolve({ a: 1 })), {
    kind: "returned",
    result: { a: 1 },
  });
  const error = new Error("at once");
  const settled = await settling(new RunningTask(claimed(), 0, OPTIONS), () => {
    throw error;
  });
  assert.deepEqual(settled, { kind: "threw", error });
});

Deno.test("RunningTask.stop() keeps the first reason", async () => {
  const running = new RunningTask(claimed(), 0, OPTIONS);
  const stopped = settling(running, (_task, { signal }) => {
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  running.stop("cancelled");
  running.stop("shutdown");
  assert.deepEqual(await stopped, { kind: "threw", error: "cancelled" });
});

Deno.test("RunningTask.run() keeps an attempt whose time limit no timer could hold", async () => {
  const running = new RunningTask(claimed({ timeoutSec: 366 * 86_400 }), 0, OPTIONS);
  await settling(running, () => new Promise((resolve) => setTimeout(() => resolve(null), 20)));
  assert.equal(running.stopReason, undefined);
});

Deno.test("RunningTask.run() clamps progress, and hears none after it was stopped", async () => {
  const marks: unknown[] = [];
  const running = new RunningTask(claimed(), 0, {
    ...OPTIONS,
    onProgress: (_running, fraction, message) => marks.push([fraction, message]),
  });
  await settling(running, (_task, { progress, report }) => {
    progress(-1);
    progress(NaN);
    progress(7, "nearly");
    report({ exitCode: 1 });
    report({ signal: "SIGKILL" });
    running.stop("shutdown");
    progress(0.5);
    return Promise.resolve(null);
  });
  assert.deepEqual(marks, [[0, undefined], [1, "nearly"]]);
  const { durationMs, ...report } = running.report;
  assert.deepEqual(report, { exitCode: 1, signal: "SIGKILL" });
  assert.ok(durationMs! >= 0);
});
