import assert from "node:assert/strict";
import { LiveLines, progressBar } from "../../cli/live.ts";
import { viewSteps } from "../../cli/progress.ts";
import { fakeContext } from "./fake_context.ts";

const SHOW_CURSOR = "\u001b[?25h";

Deno.test("LiveLines draws over what it drew before", () => {
  const { context, err } = fakeContext({ terminal: true });
  {
    using lines = new LiveLines(context);
    lines.draw(["one", "two"]);
    lines.draw(["three"]);
  }
  assert.equal(err.length, 4);
  assert.ok(!err[1].includes("\u001b[2A"));
  assert.ok(err[2].startsWith("\u001b[2A"), "the second drawing does not go up over the first");
  assert.equal(err[3], SHOW_CURSOR);
});

Deno.test("progressBar() is full at 1, empty at 0, and bounded", () => {
  assert.deepEqual([0, 0.5, 1, 2, -1].map((fraction) => progressBar(fraction, 4)), [
    "░░░░",
    "██░░",
    "████",
    "████",
    "░░░░",
  ]);
});

Deno.test("viewSteps() shows the cursor again when the command is interrupted", () => {
  const interruption = new AbortController();
  const { context, err } = fakeContext({ terminal: true, signal: interruption.signal });
  using _view = viewSteps(context);
  assert.ok(!err.join("").includes(SHOW_CURSOR));
  interruption.abort("SIGINT");
  assert.ok(err.join("").endsWith(SHOW_CURSOR));
});
