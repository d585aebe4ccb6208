import assert from "node:assert/strict";
import { Bell } from "../../../lib/bell.ts";
import { Ahead } from "../../../lib/worker/ahead.ts";
import type { WorkerCalls } from "../../../lib/worker/calls.ts";
import { ClaimLoop } from "../../../lib/worker/claim_loop.ts";
import { Contact } from "../../../lib/worker/contact.ts";
import type { OutcomeWriter } from "../../../lib/worker/outcomes.ts";
import { Slots } from "../../../lib/worker/slots.ts";
import { eventually } from "../../support/eventually.ts";

Deno.test("ClaimLoop looks once more before it sleeps, for what was spawned while nobody knew that it would", async () => {
  let looks = 0;
  const bell = new Bell();
  const stop = new AbortController();
  const loop = new ClaimLoop({
    calls: { claim: () => Promise.resolve((looks++, [])) } as unknown as WorkerCalls,
    contact: new Contact(() => {}),
    slots: new Slots(1),
    ahead: new Ahead({ places: 1, leaseSec: 60, allowed: false }),
    writer: { size: 0 } as OutcomeWriter,
    bell,
    pollIntervalSec: 3600,
    limits: {},
    fill() {},
    onWaiting() {},
    giveBack() {},
    known: () => [],
  });
  const running = loop.run(stop.signal);
  await eventually(() => looks === 2);
  bell.ring();
  await eventually(() => looks === 3);
  stop.abort();
  await running;
  assert.equal(looks, 3);
});
