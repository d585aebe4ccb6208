import assert from "node:assert/strict";
import type { WorkerCalls } from "../../../lib/worker/calls.ts";
import type { ClaimId } from "../../../lib/worker/claim_id.ts";
import { Contact } from "../../../lib/worker/contact.ts";
import { Heartbeat } from "../../../lib/worker/heartbeat.ts";
import { RunningTask } from "../../../lib/worker/running_task.ts";
import { claimed, settling, waitForStop } from "./_worker.ts";

Deno.test("Heartbeat keeps claims that wait, and tells of those that are over", async () => {
  const running = new RunningTask(claimed({ taskId: "runs" }), performance.now(), {
    stopWithinSec: 1,
    onProgress: () => {},
  });
  const settled = settling(running, waitForStop);
  const beaten = Promise.withResolvers<readonly ClaimId[]>();
  const calls = {
    heartbeat(claims: readonly ClaimId[]) {
      beaten.resolve(claims);
      return Promise.resolve([
        { taskId: "waits", attempt: 1, verdict: "cancelled" },
        { taskId: "ended", attempt: 1, verdict: "lost" },
        { taskId: "late", attempt: 1, verdict: "expired" },
        { taskId: "runs", attempt: 1, verdict: "cancelled" },
      ]);
    },
  } as unknown as WorkerCalls;
  const revoked: string[] = [];
  const stop = new AbortController();
  const heartbeat = new Heartbeat(calls, new Contact(() => {}), {
    config: { heartbeatIntervalSec: 60, leaseSec: 120, gracePeriodSec: 0.01 },
    running: () => [running],
    others: () => ["waits", "ended", "late"].map((taskId) => claimed({ taskId })),
    refused: (error) => assert.fail(error),
    revoke(verdicts) {
      revoked.push(...verdicts.map(({ taskId, verdict }) => `${taskId} ${verdict}`));
      stop.abort();
    },
  });
  heartbeat.ring();
  await heartbeat.run(stop.signal);
  assert.deepEqual((await beaten.promise).map(({ taskId }) => taskId), ["runs", "waits", "ended", "late"]);
  assert.deepEqual(revoked, ["waits cancelled", "ended lost", "late expired"]);
  assert.equal(running.stopReason, "cancelled");
  assert.equal(running.revoked, "cancelled");
  assert.equal((await settled).kind, "threw");
});
