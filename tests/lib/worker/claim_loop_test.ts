import assert from "node:assert/strict";
import { Bell } from "../../../lib/bell.ts";
import { DatabaseError, DatabaseUnavailableError, NotAllowedError } from "../../../lib/errors.ts";
import { Ahead } from "../../../lib/worker/ahead.ts";
import type { WorkerCalls } from "../../../lib/worker/calls.ts";
import { ClaimLoop, type ClaimLoopOptions } from "../../../lib/worker/claim_loop.ts";
import { Contact } from "../../../lib/worker/contact.ts";
import type { OutcomeWriter } from "../../../lib/worker/outcomes.ts";
import { Slots } from "../../../lib/worker/slots.ts";
import { eventually } from "../../support/eventually.ts";
import { claimed } from "./_worker.ts";

/** A loop of one place over `calls`. */
function loopOver(calls: Partial<WorkerCalls>, options: Partial<ClaimLoopOptions> = {}): ClaimLoop {
  return new ClaimLoop({
    calls: calls as WorkerCalls,
    contact: new Contact(() => {}),
    slots: new Slots(1),
    ahead: new Ahead({ places: 1, leaseSec: 60, allowed: false }),
    writer: { size: 0 } as OutcomeWriter,
    bell: new Bell(),
    pollIntervalSec: 3600,
    limits: {},
    fill() {},
    onWaiting() {},
    giveBack() {},
    known: () => [],
    ...options,
  });
}

Deno.test("ClaimLoop looks once more before it sleeps, for what was spawned while nobody knew that it would", async () => {
  let looks = 0;
  const bell = new Bell();
  const stop = new AbortController();
  const loop = loopOver({ claim: () => Promise.resolve((looks++, [])) }, { bell });
  const running = loop.run(stop.signal);
  await eventually(() => looks === 2);
  bell.ring();
  await eventually(() => looks === 3);
  stop.abort();
  await running;
  assert.equal(looks, 3);
});

Deno.test("ClaimLoop gives up a claim that is not answered when it is told to end, and gives back what that claimed", async () => {
  const stop = new AbortController();
  const givenBack: string[] = [];
  const loop = loopOver({
    claim(_request, signal) {
      stop.abort();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    forgetReservations: () => Promise.resolve(),
    heldClaims: () => Promise.resolve(["known", "orphan"].map((taskId) => claimed({ taskId }))),
  }, {
    known: () => [claimed({ taskId: "known" })],
    giveBack: ({ taskId }) => givenBack.push(taskId),
  });
  await loop.run(stop.signal);
  assert.deepEqual(givenBack, ["orphan"]);
});

Deno.test("ClaimLoop gives back what it may have claimed though the look for it fails once", async () => {
  const stop = new AbortController();
  const givenBack: string[] = [];
  let [claims, looks] = [0, 0];
  const loop = loopOver({
    claim() {
      if (claims++ === 0) return Promise.reject(new DatabaseUnavailableError("The answer was lost"));
      stop.abort();
      return Promise.resolve([]);
    },
    forgetReservations() {
      return looks++ === 0 ? Promise.reject(new DatabaseError("a trouble of its own")) : Promise.resolve();
    },
    heldClaims: () => Promise.resolve([claimed()]),
  }, { pollIntervalSec: 0.01, giveBack: ({ taskId }) => givenBack.push(taskId) });
  await loop.run(stop.signal);
  assert.equal(givenBack.length, 1);
});

Deno.test("ClaimLoop goes on claiming though its role may not look for what it may have claimed", async () => {
  const stop = new AbortController();
  let claims = 0;
  const loop = loopOver({
    claim() {
      claims++;
      if (claims === 2) return Promise.reject(new DatabaseUnavailableError("The answer was lost"));
      if (claims === 3) stop.abort();
      return Promise.resolve([]);
    },
    forgetReservations: () => Promise.reject(new NotAllowedError("not granted")),
  }, { pollIntervalSec: 0.01 });
  const late = setTimeout(() => stop.abort(), 5_000);
  await loop.run(stop.signal);
  clearTimeout(late);
  assert.equal(claims, 3);
});
