import assert from "node:assert/strict";
import { after } from "../../../lib/worker/timeouts.ts";

Deno.test("after() acts in the order of the calls, but for what was called off", async () => {
  const acted: string[] = [];
  after(20, () => void acted.push("first"));
  const callOff = after(20, () => void acted.push("never"));
  const last = new Promise<void>((resolve) =>
    after(20, () => {
      acted.push("last");
      resolve();
    })
  );
  callOff();
  await last;
  assert.deepEqual(acted, ["first", "last"]);
});

Deno.test("after() leaves no timer when all are called off", () => {
  after(60_000, () => {})();
});
