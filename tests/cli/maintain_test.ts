import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd queue limit sets, shows and removes limits", async () => {
  await withWorld(async ({ run, document }) => {
    const set = await run(["queue", "limit", "dsa110-pipeline", "--name", "image", "--max", "2"]);
    assert.deepEqual(set, {
      code: 0,
      stdout: "",
      stderr: "Tasks named image of queue dsa110-pipeline: a limit of 2\n",
    });
    assert.deepEqual(await document(["queue", "limit"]), [
      { queue_name: "dsa110-pipeline", task_name: "image", max_claims: 2, claims: 0, dying: 0 },
    ]);
    assert.match((await run(["queue", "limit"])).stdout, /^dsa110-pipeline +image +2 +0 +0$/m);
    assert.equal((await run(["queue", "limit", "dsa110-pipeline", "--name", "image", "--remove"])).code, 0);
    assert.deepEqual(await document(["queue", "limit"]), []);
    assert.equal((await run(["queue", "limit", "--max", "2"])).code, 2);
  });
});

Deno.test("absurd task why says what holds a task back and what would free it", async () => {
  await withWorld(async ({ run, spawn, failNext }) => {
    const id = await spawn("image");
    await run(["queue", "pause", "dsa110-pipeline"]);
    await run(["queue", "limit", "--name", "image", "--max", "0"]);
    const held = await run(["task", "why", id]);
    assert.equal(held.code, 0, held.stderr);
    assert.match(
      held.stdout,
      /is held\n- Queue dsa110-pipeline was paused .*\n {2}Resume it: absurd queue resume/,
    );
    assert.match(
      held.stdout,
      /At most 0 tasks named image of all queues may run.*\n.*absurd queue limit --name image/,
    );
    const elsewhere = await run(["task", "why", await spawn("image", "--queue", "elsewhere")]);
    assert.match(elsewhere.stdout, /No live worker serves queue elsewhere\n {2}Start one/);
    await run(["queue", "resume", "dsa110-pipeline"]);
    await run(["queue", "limit", "--name", "image", "--remove"]);
    await failNext("broken");
    const failed = await run(["task", "why", id]);
    assert.match(failed.stdout, /failed for good .*broken\n {2}Once the cause is gone: absurd dlq replay/);
  });
});

Deno.test("absurd task why says who has reserved a task, and absurd worker list that its slots are taken", async () => {
  await withWorld(async ({ run, spawn, database, document }) => {
    const ids = [await spawn("image"), await spawn("image")];
    await database.call("claim_alike", {
      "worker_id": "tester",
      "queue_names": ["dsa110-pipeline"],
      limit: 10,
      "may_reserve": true,
    });
    const why = await run(["task", "why", ids[0]]);
    assert.match(
      why.stdout,
      /is ready\n- Worker tester reserved it .+ ago, to run it within a moment\n {2}Should that worker be gone/,
    );
    assert.deepEqual((await document(["task", "why", ids[0]])).reasons[0].worker_id, "tester");
    assert.match((await run(["worker", "list"])).stdout, / 2\/4 /);
  });
});

Deno.test("absurd prune forgets what ended, after asking", async () => {
  await withWorld(async ({ run, spawn, completeNext, document }) => {
    await spawn("image");
    await completeNext({});
    const preview = await run(["prune", "--dry-run"]);
    assert.deepEqual(preview, {
      code: 0,
      stdout: "",
      stderr:
        "Would forget what ended more than 30d ago: 0 tasks, 0 workflows, 0 events, 0 keys and 0 workers\n",
    });
    assert.equal((await document(["prune", "--older-than", "0s", "--dry-run"])).tasks, 1);
    const no = await run(["prune", "--older-than", "0s"], { terminal: true, answer: "n" });
    assert.equal(no.code, 1);
    assert.match(no.stderr, /This forgets what ended more than 0s ago; .* Go on\? \[y\/N\]\n/);
    assert.equal((await document(["prune", "--yes"])).tasks, 0);
    assert.equal((await document(["prune", "--older-than", "0s", "--yes"])).tasks, 1);
    assert.notEqual((await run(["prune", "--older-than", "0s"])).code, 0);
  });
});
