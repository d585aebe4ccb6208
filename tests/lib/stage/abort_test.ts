import assert from "node:assert/strict";
import { startTimeout } from "../../../lib/stage/abort.ts";

Deno.test("startTimeout() does not abort before its time though no timer waits so long", () => {
  const { setTimeout } = globalThis;
  let tick = () => {};
  globalThis.setTimeout = ((timer: () => void) => void (tick = timer)) as unknown as typeof setTimeout;
  try {
    using timeout = startTimeout(30 * 86_400);
    tick();
    assert.equal(timeout.signal.aborted, false);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});

Deno.test("startTimeout() aborts when its time is over, with that reason", async () => {
  using timeout = startTimeout(0.01);
  await new Promise((resolve) => timeout.signal.addEventListener("abort", resolve));
  assert.equal(timeout.signal.reason, "timeout");
});
