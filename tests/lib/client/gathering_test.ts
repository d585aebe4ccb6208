import assert from "node:assert/strict";
import { Gatherer } from "../../../lib/client/gathering.ts";

/** Calls that end when they are told to. */
function heldCalls() {
  const sent: string[][] = [];
  const ends: (() => void)[] = [];
  const hold = () => new Promise<void>((resolve) => ends.push(resolve));
  return {
    sent,
    ends,
    async one(item: string): Promise<string> {
      sent.push([item]);
      await hold();
      if (item === "bad") throw new Error("bad is refused");
      return item.toUpperCase();
    },
    async many(items: readonly string[]): Promise<(string | undefined)[]> {
      sent.push([...items]);
      await hold();
      if (items.includes("fatal")) throw new Error("the connection broke");
      return items.map((item) => item === "bad" ? undefined : item.toUpperCase());
    },
  };
}

async function endAll(ends: (() => void)[]): Promise<void> {
  for (let idle = 0; idle < 5; idle++) {
    if (ends.length > 0) idle = 0;
    for (const end of ends.splice(0)) end();
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("Gatherer.send() sends the first items at once, and those that come meanwhile together", async () => {
  const calls = heldCalls();
  const gatherer = new Gatherer(calls);
  const answers = Promise.all(["a", "b", "c", "d", "e"].map((item) => gatherer.send(item)));
  assert.deepEqual(calls.sent, [["a"], ["b"]]);
  await endAll(calls.ends);
  assert.deepEqual(await answers, ["A", "B", "C", "D", "E"]);
  assert.deepEqual(calls.sent, [["a"], ["b"], ["c", "d", "e"]]);
});

Deno.test("Gatherer.send() asks by itself about an item that was refused, and harms no other", async () => {
  const calls = heldCalls();
  const gatherer = new Gatherer(calls);
  const answers = Promise.allSettled(["a", "b", "c", "bad"].map((item) => gatherer.send(item)));
  await endAll(calls.ends);
  const [, , c, bad] = await answers;
  assert.deepEqual(c, { status: "fulfilled", value: "C" });
  assert.match(String((bad as PromiseRejectedResult).reason), /bad is refused/);
});

Deno.test("Gatherer.send() fails all of a call that fails, and goes on", async () => {
  const calls = heldCalls();
  const gatherer = new Gatherer(calls);
  const answers = Promise.allSettled(["a", "b", "c", "fatal"].map((item) => gatherer.send(item)));
  await endAll(calls.ends);
  assert.deepEqual((await answers).map(({ status }) => status), [
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
  ]);
  const later = gatherer.send("f");
  await endAll(calls.ends);
  assert.equal(await later, "F");
});
