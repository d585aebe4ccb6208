import assert from "node:assert/strict";
import type { TaskExecutor } from "../../../lib/task.ts";
import { Ahead, mayClaimAhead } from "../../../lib/worker/ahead.ts";
import { claimed } from "./_worker.ts";

function afterRuns(
  durationsMs: readonly number[],
  options: Partial<ConstructorParameters<typeof Ahead>[0]> = {},
): Ahead {
  const ahead = new Ahead({ places: 4, leaseSec: 120, allowed: true, ...options });
  ahead.backlog = true;
  for (const ms of durationsMs) ahead.ran(ms);
  return ahead;
}

const tasks = (...ids: string[]) => ids.map((taskId) => claimed({ taskId }));
const repeat = (count: number, ms: number) => Array.from({ length: count }, () => ms);
const ids = (found: readonly { taskId: string }[]) => found.map(({ taskId }) => taskId);

Deno.test("Ahead.room is work for a tenth of a second, by the mean of recent runs", () => {
  assert.equal(afterRuns(repeat(3, 1)).room, 0, "too few runs say nothing");
  assert.equal(afterRuns(repeat(8, 10)).room, 40);
  assert.equal(afterRuns(repeat(8, 0)).room, 2_000);
  assert.equal(afterRuns(repeat(8, 21)).room, 0, "runs are long");
  assert.equal(afterRuns([...repeat(100, 1), 5_000]).room, 0, "one run was very long");
  assert.equal(
    afterRuns([...repeat(100, 1), 5_000, ...repeat(300, 0)]).room,
    2_000,
    "that was long ago",
  );
  assert.equal(afterRuns(repeat(8, 1), { allowed: false }).room, 0);
});

Deno.test("Ahead.room is none where the last claim did not find all that it asked for", () => {
  const ahead = afterRuns(repeat(8, 1));
  ahead.backlog = false;
  assert.equal(ahead.room, 0);
});

Deno.test("Ahead.room counts a backlog that is announced where there are few places", () => {
  for (const [places, room] of [[49, 2_000], [50, 0]]) {
    const ahead = afterRuns(repeat(8, 0), { places });
    ahead.backlog = false;
    ahead.announced = true;
    assert.equal(ahead.room, room, `${places} places`);
  }
});

Deno.test("Ahead hands claims out in their order, but for those that are over", () => {
  const ahead = afterRuns([]);
  ahead.add(tasks("a", "b", "c"), 0, 0);
  assert.equal(ahead.take(0)!.task.taskId, "a");
  ahead.add(tasks("d", "e"), 0, 0);
  assert.deepEqual(ids(ahead.remove([{ taskId: "c", attempt: 1 }, { taskId: "d", attempt: 2 }])), ["c"]);
  assert.deepEqual(ids(ahead.tasks), ["b", "d", "e"]);
  assert.equal(ahead.size, 3);
  assert.equal(ahead.take(0)!.task.taskId, "b");
  assert.deepEqual(ids(ahead.clear()), ["d", "e"]);
  assert.equal(ahead.take(0), undefined);
});

Deno.test("Ahead.clearOverdue() takes all when no place got free for a quarter of a second", () => {
  const ahead = afterRuns(repeat(100, 1));
  ahead.add(tasks("a", "b", "c"), 0, 0);
  ahead.take(200);
  assert.equal(ahead.overdueMs(true), 450);
  assert.deepEqual(ahead.clearOverdue(true, 449), []);
  assert.deepEqual(ahead.clearOverdue(false, 450), [], "there are places");
  assert.deepEqual(ids(ahead.clearOverdue(true, 450)), ["b", "c"]);
  assert.equal(ahead.overdueMs(true), Infinity);
  assert.equal(ahead.room, 0, "runs are long now");
  for (const ms of repeat(300, 0)) ahead.ran(ms);
  assert.equal(ahead.room, 2_000);
});

Deno.test("Ahead.clearOverdue() takes all when the oldest has waited for a second, or an eighth of its lease", () => {
  for (const [leaseSec, dueMs] of [[120, 1_100], [2, 350]]) {
    const ahead = afterRuns([], { leaseSec });
    ahead.add(tasks("a", "b", "c", "d", "e", "f", "g", "h"), 0, 100);
    for (let nowMs = 200; nowMs < dueMs; nowMs += 200) ahead.take(nowMs);
    assert.equal(ahead.overdueMs(true), dueMs);
    assert.ok(ahead.clearOverdue(true, dueMs).length > 0);
  }
});

Deno.test("Ahead.take() starts nothing when half of its lease is over", () => {
  const ahead = afterRuns([], { leaseSec: 2 });
  ahead.add(tasks("a"), 0, 0);
  assert.equal(ahead.take(1_000), undefined);
  assert.equal(ahead.take(999)!.task.taskId, "a");
  ahead.add(tasks("b"), 0, 900);
  assert.deepEqual(ids(ahead.clearOverdue(false, 1_000)), ["b"]);
});

Deno.test("mayClaimAhead() leaves out what has a limit, and what the executor does not let wait", () => {
  const plain: TaskExecutor = () => Promise.resolve(null);
  const pipeline: TaskExecutor = () => Promise.resolve(null);
  pipeline.mayWait = (name) => name === "warm";
  const settings = (taskNames: string[], concurrency = {}) => ({ taskNames, stages: {}, concurrency });
  assert.equal(mayClaimAhead(plain), true);
  assert.equal(mayClaimAhead(plain, settings(["a", "b"])), true);
  assert.equal(mayClaimAhead(plain, settings(["a", "b"], { b: 1 })), false);
  assert.equal(mayClaimAhead(pipeline, settings(["warm"])), true);
  assert.equal(mayClaimAhead(pipeline, settings(["warm", "isolated"])), false);
  assert.equal(mayClaimAhead(pipeline), false, "whatever comes may be a process of its own");
});
