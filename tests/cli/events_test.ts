import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd events prints what happened since a time, a cursor, or the start, in lines or as JSON", async () => {
  await withWorld(async ({ spawn, failNext, run }) => {
    const id = await spawn("image");
    await failNext("no flux");
    const lines = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(["events", "--no-follow", ...args]);
      assert.equal(code, 0, stderr);
      return stdout.split("\n").slice(0, -1);
    };
    const all = await lines("--since", "start");
    assert.equal(all.length, 3);
    assert.match(
      all[1],
      new RegExp(
        `^ {5}2  \\d{4}-\\d\\d-\\d\\d [\\d:.]{12}Z  .*${id}  image  claimed  attempt 1, worker tester$`,
      ),
    );
    assert.match(all[2], /failed {2}no flux$/);
    assert.deepEqual(await lines("--since", "2"), all.slice(2));
    assert.deepEqual(await lines("--since", "1h", "--task", id), all);
    assert.deepEqual(await lines("--since", "1h", "--name", "extract"), []);
    const [{ cursor, kind, task_id: task, status, attempt }] = (await lines("--since", "2", "--jsonl"))
      .map((line) => JSON.parse(line));
    assert.deepEqual({ cursor, kind, task, status, attempt }, {
      cursor: "3",
      kind: "task",
      task: id,
      status: "failed",
      attempt: 1,
    });
  });
});

Deno.test("absurd events follows until it is interrupted", async () => {
  await withWorld(async ({ spawn, run }) => {
    const stop = new AbortController();
    const following = run(["events", "--since", "start"], { signal: stop.signal });
    await spawn("image");
    setTimeout(() => stop.abort("SIGINT"), 2_000);
    const { code, stdout } = await following;
    assert.equal(code, 130);
    assert.match(stdout, /image {2}pending$/m);
  });
});

Deno.test("absurd events refuses what is no cursor and no time", async () => {
  await withWorld(async ({ run }) => {
    const { code, stderr } = await run(["events", "--since", "yesterday"]);
    assert.equal(code, 2);
    assert.match(stderr, /Cannot read --since yesterday/);
  });
});

Deno.test("absurd queue events switches the events of a queue", async () => {
  await withWorld(async ({ spawn, run }) => {
    assert.equal((await run(["queue", "events", "dsa110-pipeline", "off"])).code, 0);
    await spawn("image");
    assert.equal((await run(["events", "--since", "start", "--no-follow"])).stdout, "");
    assert.equal((await run(["queue", "events", "dsa110-pipeline", "on"])).code, 0);
    await spawn("image");
    assert.match((await run(["events", "--since", "start", "--no-follow"])).stdout, /image {2}pending/);
  });
});
