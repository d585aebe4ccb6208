import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("every flag has a variable, which the flag goes over", async () => {
  await withWorld(async ({ run, spawn, document }) => {
    const env = {
      ABSURD_SPAWN_PRIORITY: "7",
      ABSURD_SPAWN_PARAM: "size:=1",
      ABSURD_SPAWN_KEY: "",
      ABSURD_SPAWN_KEY_WINDOW: "7d",
      ABSURD_SPAWN_WAIT: "false",
    };
    const spawned = async (...flags: string[]) => {
      const { code, stdout, stderr } = await run(["spawn", "image", ...flags], { env });
      assert.equal(code, 0, stderr);
      const { priority, params, key } = await document(["task", "show", stdout.trim()]);
      return { priority, params, key };
    };
    assert.deepEqual(await spawned(), { priority: 7, params: { size: 1 }, key: null });
    assert.deepEqual(await spawned("--priority", "2", "-P", "cell:=3"), {
      priority: 2,
      params: { size: 1, cell: 3 },
      key: null,
    });
    await spawn("extract");
    const limited = await document(["task", "list"], { env: { ABSURD_TASK_LIST_LIMIT: "1" } });
    assert.equal(limited.length, 1);
    const listed = await run(["task", "list"], { env: { ABSURD_TASK_LIST_JSON: "1" } });
    assert.equal(JSON.parse(listed.stdout).length, 3);
  });
});

Deno.test("a variable with a value that cannot be used is named", async () => {
  await withWorld(async ({ run }) => {
    const { code, stderr } = await run(["task", "list"], { env: { ABSURD_TASK_LIST_LIMIT: "many" } });
    assert.equal(code, 2);
    assert.match(stderr, /^error: ABSURD_TASK_LIST_LIMIT: "many" cannot be used\. It must be a whole number/);
  });
});

Deno.test("a variable of a switch is true or false, and nothing else", async () => {
  await withWorld(async ({ run, spawn }) => {
    await spawn("image");
    for (const off of ["false", "NO", "off", "0"]) {
      const { code, stdout } = await run(["task", "list"], { env: { ABSURD_TASK_LIST_JSON: off } });
      assert.deepEqual([code, stdout.startsWith("[")], [0, false], off);
    }
    const { code, stderr } = await run(["task", "list"], { env: { ABSURD_TASK_LIST_JSON: "maybe" } });
    assert.equal(code, 2);
    assert.equal(stderr, 'error: ABSURD_TASK_LIST_JSON: "maybe" is neither true nor false\n');
  });
});

Deno.test("a variable of a flag that may be repeated takes several values, by commas or spaces", async () => {
  await withWorld(async ({ run, spawn, document }) => {
    const parents = [await spawn("a"), await spawn("b"), await spawn("c")];
    const env = { ABSURD_SPAWN_DEPENDS_ON: parents.join(", ") };
    const { code, stdout, stderr } = await run(["spawn", "image"], { env });
    assert.equal(code, 0, stderr);
    const { depends_on: stored } = await document(["task", "show", stdout.trim()]);
    assert.deepEqual(stored.map(({ task_id: id }: { task_id: string }) => id).sort(), parents.sort());
    const listed = { ABSURD_TASK_LIST_STATUS: "blocked failed" };
    assert.equal((await document(["task", "list"], { env: listed })).length, 1);
  });
});

Deno.test("worker, scheduler and server warn of variables that mean nothing, and the doctor finds them", async () => {
  await withWorld(async ({ run }) => {
    const env = {
      ABSURD_ENABLED: "true",
      ABSURD_WORKER_POLL_INTERVAL_SEC: "5",
      ABSURD_QUEUE: "foo",
      ABSURD_RETENTOIN: "1d",
      ABSURD_API_BASE_URL: "http://localhost",
      ABSURD_TASK_LIST_JSON: "1", // of another command
      ABSURD_DEBUG: "",
    };
    const warnings = [
      "ABSURD_API_BASE_URL is no variable of absurd, and changes nothing",
      "ABSURD_QUEUE is no variable of absurd, and changes nothing; did you mean ABSURD_QUEUE_NAME?",
      "ABSURD_RETENTOIN is no variable of absurd, and changes nothing; did you mean ABSURD_RETENTION?",
      "ABSURD_WORKER_POLL_INTERVAL_SEC is no variable of absurd, and changes nothing; " +
      "did you mean ABSURD_WORKER_POLL_INTERVAL?",
    ];
    for (const args of [["worker", "--drain"], ["scheduler", "run"], ["serve", "--port", "0"]]) {
      const signal = args[0] === "worker" ? undefined : AbortSignal.abort("SIGTERM");
      const { stderr } = await run(args, { env, signal });
      const warned = stderr.split("\n").filter((line) => line.startsWith("warning: "));
      assert.deepEqual(warned, warnings.map((text) => `warning: ${text}`), args[0]);
    }
    const findings = JSON.parse((await run(["doctor", "--json"], { env })).stdout);
    const found = findings.filter(({ check }: { check: string }) => check === "variables");
    assert.deepEqual(found.map(({ message }: { message: string }) => message), warnings);
    assert.equal(found[0].level, "warning");
  });
});

Deno.test("no variable answers a question or widens a command", async () => {
  await withWorld(async ({ run }) => {
    const env = { ABSURD_TASK_CANCEL_ALL: "true", ABSURD_TASK_CANCEL_YES: "true" };
    assert.equal((await run(["task", "cancel"], { env })).code, 2);
  });
});
