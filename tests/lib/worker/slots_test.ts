import assert from "node:assert/strict";
import { RunningTask } from "../../../lib/worker/running_task.ts";
import { Slots } from "../../../lib/worker/slots.ts";
import { claimed } from "./_worker.ts";

function running(taskName: string): RunningTask {
  return new RunningTask(claimed({ taskName }), 0, { stopWithinSec: 1, onProgress: () => {} });
}

Deno.test("Slots.request() asks for what is free, of any name, without settings", async () => {
  const slots = new Slots(2);
  assert.deepEqual(slots.request(Infinity), { limit: 2, ahead: 0, taskNames: null });
  assert.deepEqual(slots.request(1), { limit: 1, ahead: 0, taskNames: null });
  const first = running("a");
  slots.add(first);
  slots.add(running("b"));
  assert.equal(slots.request(Infinity), null);
  slots.remove(first);
  assert.deepEqual(slots.request(Infinity), { limit: 1, ahead: 0, taskNames: null });
  for (const task of slots.running) slots.remove(task);
  await slots.whenEmpty();
});

Deno.test("Slots.request() asks for no more than one call completes", () => {
  for (const backlog of [true, false]) { // false: it is only announced
    assert.deepEqual(new Slots(4).request(Infinity, { size: 0, room: 2_000, backlog }), {
      limit: 1_000,
      ahead: 996,
      taskNames: null,
    });
  }
});

Deno.test("Slots.request() never asks for more of a name than its limit leaves", () => {
  const slots = new Slots(10, {
    taskNames: ["wide", "two", "one"],
    stages: {},
    concurrency: { two: 2, one: 1 },
  });
  assert.deepEqual(slots.request(Infinity), { limit: 1, ahead: 0, taskNames: ["wide", "two", "one"] });
  slots.add(running("one"));
  assert.deepEqual(slots.request(Infinity), { limit: 2, ahead: 0, taskNames: ["wide", "two"] });
  slots.add(running("two"));
  slots.add(running("two"));
  assert.deepEqual(slots.request(Infinity), { limit: 7, ahead: 0, taskNames: ["wide"] });
});

Deno.test("Slots.request() asks for nothing when all names are at their limits", () => {
  const slots = new Slots(10, { taskNames: ["one"], stages: {}, concurrency: { one: 1 } });
  slots.add(running("one"));
  assert.equal(slots.request(Infinity), null);
});

Deno.test("Slots.request() asks for half of those that may wait at once, or more", () => {
  const slots = new Slots(2);
  assert.deepEqual(slots.request(Infinity, { size: 0, room: 100, backlog: true }), {
    limit: 102,
    ahead: 100,
    taskNames: null,
  });
  slots.add(running("a"));
  slots.add(running("b"));
  assert.deepEqual(slots.request(Infinity, { size: 50, room: 100, backlog: true }), {
    limit: 50,
    ahead: 50,
    taskNames: null,
  });
  assert.equal(slots.request(Infinity, { size: 51, room: 100, backlog: true }), null);
  assert.deepEqual(slots.request(3, { size: 0, room: 100, backlog: true }), {
    limit: 3,
    ahead: 3,
    taskNames: null,
  });
  assert.equal(slots.request(Infinity, { size: 7, room: 0, backlog: true }), null);
});

Deno.test("Slots.request() asks for few where nothing says that there are more", () => {
  const slots = new Slots(500);
  const idle = { size: 0, room: 0, backlog: false };
  assert.deepEqual(slots.request(Infinity, idle), { limit: 50, ahead: 0, taskNames: null });
  assert.deepEqual(slots.request(3, idle), { limit: 3, ahead: 0, taskNames: null });
  assert.deepEqual(slots.request(Infinity, { ...idle, backlog: true })?.limit, 500);
});
