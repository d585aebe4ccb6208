import assert from "node:assert/strict";
import process from "node:process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { forgiving } from "../../lib/listener.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import { withDatabase } from "../support/database.ts";
import { quickConfig, testClient } from "./worker/_worker.ts";

/** Warnings of the process that `work` leads to. */
async function warningsOf(work: () => unknown): Promise<(Error & { detail?: string })[]> {
  const warnings: (Error & { detail?: string })[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on("warning", note);
  try {
    await work();
    await nextTurn(); // they come after the current one
  } finally {
    process.off("warning", note);
  }
  return warnings;
}

Deno.test("forgiving() warns of what a listener throws first, with its stack, and goes on calling it", async () => {
  const heard: number[] = [];
  const emit = forgiving((event: number) => {
    heard.push(event);
    throw new TypeError(`event ${event} is not liked`);
  }, "AbsurdWorker");
  const warnings = await warningsOf(() => [1, 2, 3].forEach(emit));
  assert.deepEqual(heard, [1, 2, 3]);
  assert.equal(warnings.length, 1);
  assert.equal(warnings[0].name, "ListenerWarning");
  assert.match(warnings[0].message, /onEvent of AbsurdWorker threw/);
  assert.match(warnings[0].detail!, /TypeError: event 1 is not liked\n.*listener_test/);
});

Deno.test("AbsurdWorker.run() completes tasks though its listener throws", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("work");
    const worker = new AbsurdWorker(quickConfig(url), () => Promise.resolve(null), {
      once: true,
      onEvent: () => {
        throw new Error("of the listener");
      },
    });
    const warnings = await warningsOf(() => worker.run());
    assert.equal(warnings.length, 1);
    assert.equal((await client.getTask(id))!.status, "completed");
  });
});
