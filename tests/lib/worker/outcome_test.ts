import assert from "node:assert/strict";
import type { FailureReason } from "../../../lib/errors.ts";
import { TaskFailure } from "../../../lib/errors.ts";
import type { StopReason } from "../../../lib/task.ts";
import { outcomeOf, outcomeText } from "../../../lib/worker/outcome.ts";
import { RunningTask, type Settled } from "../../../lib/worker/running_task.ts";
import { claimed } from "./_worker.ts";

const RETURNED: Settled = { kind: "returned", result: { a: 1 } };
const THREW: Settled = { kind: "threw", error: new Error("boom") };
const STUCK: Settled = { kind: "stuck" };

function ended(settled: Settled, stop?: StopReason, revoked?: "lost" | "cancelled") {
  const running = new RunningTask(claimed(), 0, { stopWithinSec: 1, onProgress: () => {} });
  if (stop) running.stop(stop);
  running.revoked = revoked;
  return outcomeOf(running, settled);
}

Deno.test.each<
  [string, Settled, StopReason | undefined, "lost" | "cancelled" | undefined, string | undefined]
>([
  ["a result", RETURNED, undefined, undefined, "complete_tasks"],
  ["a result in spite of a shutdown", RETURNED, "shutdown", undefined, "complete_tasks"],
  ["a result without contact", RETURNED, "lost", undefined, "complete_tasks"],
  ["a result after the time limit", RETURNED, "timeout", undefined, "fail_tasks"],
  ["a result of a claim that is lost", RETURNED, "lost", "lost", "acknowledge_tasks"],
  ["a result of a cancelled task", RETURNED, "cancelled", "cancelled", "acknowledge_tasks"],
  ["an error", THREW, undefined, undefined, "fail_tasks"],
  ["an error at shutdown", THREW, "shutdown", undefined, "release_tasks"],
  ["an error without contact", THREW, "lost", undefined, "fail_tasks"],
  ["an error of a cancelled task", THREW, "cancelled", "cancelled", "acknowledge_tasks"],
  ["an executor stuck after the time limit", STUCK, "timeout", undefined, "fail_tasks"],
  ["an executor stuck at shutdown", STUCK, "shutdown", undefined, undefined],
  ["an executor stuck in a cancelled task", STUCK, "cancelled", "cancelled", undefined],
])("outcomeOf() judges %s", (
  _name: string,
  settled: Settled,
  stop: StopReason | undefined,
  revoked: "lost" | "cancelled" | undefined,
  expected: string | undefined,
) => {
  assert.equal(ended(settled, stop, revoked)?.name, expected);
});

Deno.test("outcomeOf() writes items as the functions want them", () => {
  assert.deepEqual(JSON.parse(outcomeText(ended(RETURNED)!)), {
    task_id: "00000000-0000-7000-8000-000000000000",
    attempt: 1,
    result: { a: 1 },
    report: {},
  });
  const error = new TaskFailure("No such file", { reason: "bad_input", permanent: true });
  assert.deepEqual(JSON.parse(outcomeText(ended({ kind: "threw", error })!)), {
    task_id: "00000000-0000-7000-8000-000000000000",
    attempt: 1,
    reason: "bad_input",
    message: "No such file",
    permanent: true,
    not_now: false,
    report: {},
  });
});

Deno.test("outcomeOf() tells failures in words, whatever was thrown", () => {
  const cases: [error: unknown, reason: FailureReason, message: string | RegExp][] = [
    [new Error("boom"), "error", "boom"],
    [new TypeError("boom"), "error", "TypeError: boom"],
    [new Error(""), "error", "Error: "],
    ["text", "error", "The executor threw text"],
    [null, "error", "The executor threw null"],
    [Object.create(null), "error", "The executor threw a value of type object"],
    [new TaskFailure("later", { reason: "not_now" }), "not_now", "later"],
    [new Error("a\0b\ud800"), "error", "a\ufffdb\ufffd"],
    [new Error("x".repeat(10_000)), "error", /^x{3999}…$/],
  ];
  for (const [error, reason, message] of cases) {
    const { failure, parts } = ended({ kind: "threw", error })!;
    assert.equal(failure!.reason, reason);
    if (typeof message === "string") assert.equal(failure!.message, message);
    else assert.match(failure!.message, message);
    assert.equal(parts.not_now, String(reason === "not_now"));
  }
});
