import assert from "node:assert/strict";
import { assertNoProcesses, eventually, findProcesses, runDeno, startDeno } from "./process.ts";

const ECHO = "tests/support/echo.ts";

Deno.test("runDeno() gives stdin and environment to the program, and returns what it wrote and its code", async () => {
  const result = await runDeno([ECHO, "a b", ""], { env: { ECHO_EXIT: "65" }, stdin: "hello" });
  const stdout = `${JSON.stringify({ args: ["a b", ""], stdin: "hello" })}\n`;
  assert.deepEqual(result, { code: 65, signal: null, stdout, stderr: "words\n" });
});

Deno.test("runDeno() kills the program and says so when it runs for too long", async () => {
  const marker = crypto.randomUUID();
  const run = runDeno([ECHO, marker], { env: { ECHO_EXIT: "never" }, timeoutMs: 2_000 });
  await assert.rejects(run, /still runs after 2000 ms; stderr: words/);
  await assertNoProcesses({ marker });
});

Deno.test("findProcesses() finds living processes by what is in their arguments or environment", async () => {
  const marker = crypto.randomUUID();
  await using child = startDeno([ECHO], { env: { ECHO_EXIT: "never", MARKER: marker } });
  const [found] = await eventually(async () => {
    const all = await findProcesses({ marker });
    return all.length > 0 && all;
  });
  assert.equal(found.pid, child.pid);
  await assert.rejects(assertNoProcesses({ marker }, { timeoutMs: 100 }), new RegExp(`pid: ${child.pid}`));
  child.kill("SIGTERM");
  assert.equal((await child.result).signal, "SIGTERM");
  child.kill("SIGTERM");
  await assertNoProcesses({ marker });
});

Deno.test("eventually() returns the first true value, and fails with the last state when time is up", async () => {
  let calls = 0;
  assert.equal(await eventually(() => ++calls >= 3 && `call ${calls}`), "call 3");
  await assert.rejects(eventually(() => 0, { timeoutMs: 50 }), /Not within 50 ms: .*; it is 0/s);
  const failing = () => assert.equal(1, 2);
  await assert.rejects(eventually(failing, { timeoutMs: 50 }), /it throws AssertionError/);
});
