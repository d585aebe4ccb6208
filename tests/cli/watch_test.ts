import assert from "node:assert/strict";
import type { Task } from "@dsa110/absurd";
import { treeLines } from "../../cli/tree.ts";
import { withWorld } from "./world.ts";

/** The tree of steps `{name: parents}`, as text. */
function tree(steps: Record<string, string[]>): string[] {
  const tasks = Object.entries(steps).map(([stepName, parents]) => ({
    taskId: stepName,
    stepName,
    dependsOn: parents.map((taskId) => ({ taskId })),
  }));
  return treeLines(tasks as unknown as Task[]).map(({ prefix, step, after }) =>
    `${prefix}${step.stepName}${after.length > 0 ? ` after ${after.join(", ")}` : ""}`
  );
}

Deno.test("treeLines() draws a chain straight and branches where it branches", () => {
  assert.deepEqual(tree({ a: [], b: ["a"], c: ["b"] }), ["a", "b", "c"]);
  assert.deepEqual(tree({ a: [], b: ["a"], c: ["a"], d: ["b"], e: ["b"], f: ["c", "e"] }), [
    "a",
    "├─ b",
    "│  ├─ d",
    "│  └─ e",
    "│     f after c, e",
    "└─ c",
  ]);
  assert.deepEqual(tree({ a: [], b: [] }), ["a", "b"]);
});

Deno.test("treeLines() draws a chain that is longer than the stack is deep", () => {
  const steps = Array.from({ length: 20_000 }, (_, index): [string, string[]] => [
    `s${index}`,
    index === 0 ? [] : [`s${index - 1}`],
  ]);
  assert.deepEqual(tree(Object.fromEntries(steps)), steps.map(([name]) => name));
});

Deno.test("absurd task watch ends by the outcome of the task", async () => {
  await withWorld(async ({ run, spawn, claim, completeNext, failNext }) => {
    const done = await spawn("image");
    const watching = run(["task", "watch", done]);
    await completeNext({});
    assert.equal((await watching).code, 0);
    const bad = await spawn("image");
    await failNext("broken");
    const failed = await run(["task", "watch", bad, "--json"]);
    assert.equal(failed.code, 3);
    assert.equal(JSON.parse(failed.stdout).status, "failed");
    const running = await spawn("image");
    await claim();
    const late = await run(["task", "watch", running, "--timeout", "50ms"]);
    assert.equal(late.code, 5);
    await run(["task", "cancel", running]);
    assert.equal((await run(["task", "watch", running])).code, 4);
  });
});

Deno.test("absurd workflow watch draws a tree on a terminal, and prints changes as JSON lines", async () => {
  await withWorld(async ({ run, completeNext }) => {
    const id = (await run(["chain", "quick"])).stdout.trim();
    const drawing = run(["workflow", "watch", id], { terminal: true, env: { NO_COLOR: "1" } });
    const printing = run(["workflow", "watch", id, "--jsonl"]);
    await completeNext({});
    await completeNext({});
    const [drawn, printed] = await Promise.all([drawing, printing]);
    assert.equal(drawn.code, 0);
    assert.ok(drawn.stderr.includes("✔ image"), drawn.stderr);
    const lines = printed.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.at(-1).status, "completed");
  });
});

Deno.test("absurd workflow watch and status --watch write no escape codes to a dumb terminal", async () => {
  await withWorld(async ({ run, completeNext }) => {
    const id = (await run(["chain", "quick"])).stdout.trim();
    const dumb = { terminal: true, env: { TERM: "dumb" } };
    const watching = run(["workflow", "watch", id], dumb);
    await completeNext({});
    await completeNext({});
    const { code, stderr } = await watching;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^image: completed in /m);
    assert.ok(!stderr.includes("\u001b"), stderr);

    const interruption = new AbortController();
    const onOutput = () => interruption.abort("SIGINT");
    const status = await run(["status", "--watch"], { ...dumb, signal: interruption.signal, onOutput });
    assert.ok(!status.stdout.includes("\u001b"), status.stdout);
  });
});

Deno.test("absurd workflow watch ends with code 130 when interrupted", async () => {
  await withWorld(async ({ run }) => {
    const id = (await run(["chain", "quick"])).stdout.trim();
    const interruption = new AbortController();
    const watching = run(["workflow", "watch", id], { signal: interruption.signal });
    interruption.abort("SIGINT");
    assert.equal((await watching).code, 130);
  });
});
