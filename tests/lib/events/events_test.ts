import assert from "node:assert/strict";
import { AbsurdClient, CursorError, InvalidArgumentError, type QueueEvent } from "@dsa110/absurd";
import { withDatabase } from "../../support/database.ts";
import type { Database } from "../../../lib/database.ts";
import { claimOne, complete, rows, spawn } from "../../sql/queue.ts";

async function withClient(
  test: (client: AbsurdClient, database: Database, url: string) => Promise<void>,
): Promise<void> {
  await withDatabase(async (database, databaseUrl) => {
    await using client = new AbsurdClient({ databaseUrl, queueName: "q" });
    await test(client, database, databaseUrl);
  });
}

/** The next `count` events. */
async function take(events: AsyncGenerator<QueueEvent>, count: number): Promise<QueueEvent[]> {
  const taken: QueueEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    assert.ok(!done, "ended early");
    taken.push(value);
  }
  return taken;
}

Deno.test("events() tells what happens from the call on, and ends when its signal aborts", async () => {
  await withClient(async (client, database) => {
    await spawn(database, {}, { name: "before" });
    const since = await client.eventCursor();
    const stop = new AbortController();
    const events = client.events({ since, signal: stop.signal });
    const first = events.next();
    await spawn(database, {}, { name: "after" });
    const { value } = await first;
    assert.deepEqual([value?.taskName, value?.status, value?.createdAt instanceof Date], [
      "after",
      "pending",
      true,
    ]);
    await complete(database, await claimOne(database));
    const [claimed, completed] = await take(events, 2);
    assert.equal(claimed.detail?.workerId, "w1");
    assert.equal(completed.status, "completed");
    const last = events.next();
    stop.abort();
    assert.deepEqual(await last, { value: undefined, done: true });
  });
});

Deno.test("events() goes on after a cursor, from a time, and ends by itself where it should not follow", async () => {
  await withClient(async (client, database) => {
    for (const name of ["a", "b", "c"]) await spawn(database, {}, { name });
    const names = async (options: Parameters<AbsurdClient["events"]>[0]) => {
      const found = await Array.fromAsync(client.events({ follow: false, ...options }));
      return found.map(({ taskName }) => taskName).join("");
    };
    assert.equal(await names({ since: "start" }), "abc");
    const [, b] = await Array.fromAsync(client.events({ follow: false, since: "start" }));
    assert.equal(await names({ since: b.cursor }), "c");
    assert.equal(await names({ since: b.createdAt, taskName: "c" }), "c");
    assert.equal(await names({}), "");
    await assert.rejects(names({ since: "soon" }), InvalidArgumentError);
    await assert.rejects(names({ since: "99" }), CursorError);
  });
});

Deno.test("events() tells what has a position where it may give none, as on a standby", async () => {
  await withClient(async (_client, database, databaseUrl) => {
    await spawn(database, {}, { name: "a" });
    await rows(database, "stamp_events");
    await spawn(database, {}, { name: "b" });
    const url = new URL(databaseUrl);
    url.searchParams.set("options", "-c default_transaction_read_only=on");
    await using reader = new AbsurdClient({ databaseUrl: url.href });
    const names = (await Array.fromAsync(reader.events({ since: "start", follow: false }))).map((one) =>
      one.taskName
    );
    assert.deepEqual(names, ["a"]);
    assert.equal(await reader.eventCursor(), "1");
  });
});
