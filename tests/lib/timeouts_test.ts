import assert from "node:assert/strict";
import { callOff, timeOutAfter } from "../../lib/timeouts.ts";

Deno.test("timeOutAfter() tells in the order of the calls, but for what was called off", async () => {
  const told: string[] = [];
  const one = (name: string) => ({ timeOut: () => void told.push(name) });
  const never = one("never");
  timeOutAfter(20, one("first"));
  timeOutAfter(20, never);
  const last = new Promise<void>((resolve) => {
    timeOutAfter(20, {
      timeOut() {
        told.push("last");
        resolve();
      },
    });
  });
  callOff(20, never);
  await last;
  assert.deepEqual(told, ["first", "last"]);
});

Deno.test("timeOutAfter() leaves no timer when all are called off", () => {
  const one = { timeOut: () => {} };
  timeOutAfter(60_000, one);
  callOff(60_000, one);
});
