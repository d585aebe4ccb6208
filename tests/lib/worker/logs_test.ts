import assert from "node:assert/strict";
import { withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import type { LogChunk } from "../../../lib/worker/calls.ts";
import { LogShipper } from "../../../lib/worker/logs.ts";
import { RunningTask } from "../../../lib/worker/running_task.ts";
import { claimed, quickConfig, startWorker, testClient } from "./_worker.ts";

function shipper(): { logs: LogShipper; sent: LogChunk[]; running: RunningTask } {
  const sent: LogChunk[] = [];
  const appendLogs = (chunks: readonly LogChunk[]) => {
    sent.push(...chunks);
    return Promise.resolve([]);
  };
  const logs = new LogShipper({ appendLogs, claimReserved: () => Promise.resolve(true) }, () => {}, () => {});
  const running = new RunningTask(claimed(), performance.now(), { stopWithinSec: 1, onProgress() {} });
  return { logs, sent, running };
}

Deno.test("LogShipper sends nothing of an attempt that ends at once", async () => {
  const { logs, sent, running } = shipper();
  logs.add(running, "short");
  await logs.finish(running);
  await logs.stop();
  assert.deepEqual(sent, []);
});

Deno.test("LogShipper sends the rest of a log that may be followed when its attempt ends", async () => {
  const { logs, sent, running } = shipper();
  logs.add(running, "one\0");
  await eventually(() => sent.length === 1);
  logs.add(running, "two");
  await logs.finish(running);
  assert.deepEqual(sent.map(({ chunk, text }) => [chunk, text]), [[0, "one\u{fffd}\n"], [1, "two\n"]]);
  await logs.stop();
});

Deno.test("LogShipper cuts a flood, and says so", async () => {
  const { logs, sent, running } = shipper();
  for (let line = 0; line < 100_000; line++) logs.add(running, `line ${line} of a flood`);
  await eventually(() => sent.length === 1);
  assert(sent[0].text.startsWith("line 0 of a flood\nline 1 "));
  assert.match(sent[0].text, /\n\[log cut here: \d{7} characters\]\n$/);
  assert(sent[0].text.length < 33_000, `${sent[0].text.length}`);
  await logs.finish(running);
  await logs.stop();
});

Deno.test("AbsurdWorker lets the log of a running task be read by others", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("work");
    const goOn = Promise.withResolvers<void>();
    await using _worker = startWorker(quickConfig(url), async (_task, { log }) => {
      log?.("under way");
      await goOn.promise;
      log?.("at the end");
      return null;
    });
    const [first] = await eventually(async () => {
      const entries = await client.readLogs(id);
      return entries.length > 0 && entries;
    });
    assert.equal(first.text, "under way\n");
    goOn.resolve();
    await client.waitForTask(id, { timeoutSec: 20 });
    const rest = await client.readLogs(id, { after: first });
    assert.deepEqual(rest.map(({ attempt, chunk, text }) => [attempt, chunk, text]), [[
      1,
      1,
      "at the end\n",
    ]]);
  });
});
