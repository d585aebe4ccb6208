import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { assess } from "../../cli/status/health.ts";
import type { Status } from "../../cli/status/read.ts";
import { withWorld } from "./world.ts";

const NOW = new Date("2026-01-01T12:00:00Z");

function status(
  ready: number,
  more: { ageMin?: number; paused?: boolean; live?: boolean; deadLetters?: number } = {},
) {
  const { ageMin = 0, paused = false, live = true, deadLetters = 0 } = more;
  const oldestReadyAt = new Date(NOW.getTime() - ageMin * 60_000);
  return {
    schemaVersion: 1,
    queues: [{ queueName: "q", ready, paused, oldestReadyAt, deadLetters }],
    workers: [{ live, queueNames: ["q"] }],
    schedulers: [],
    schedules: [],
    deadLetters,
  } as unknown as Status;
}

Deno.test("assess() judges depth, age, workers and dead letters", async (t) => {
  const cases: [name: string, status: Status, level: string, problem?: RegExp][] = [
    ["an idle queue", status(0, { live: false }), "ok"],
    ["a busy queue", status(500, { ageMin: 10 }), "ok"],
    ["a long queue", status(501), "warning", /^Queue q has 501 ready tasks$/],
    ["a very long queue", status(1001), "critical", /^Queue q has 1001 ready tasks$/],
    ["an old task", status(1, { ageMin: 11 }), "warning", /^A task of queue q is ready since 11m$/],
    ["a very old task", status(1, { ageMin: 61 }), "critical", /^A task of queue q is ready since 1h 1m$/],
    ["no live worker", status(1, { live: false }), "critical", /^No live worker serves queue q/],
    ["a paused queue", status(5000, { ageMin: 99, live: false, paused: true }), "ok"],
    ["a dead letter", status(0, { deadLetters: 1 }), "warning", /^1 dead letter waits/],
  ];
  for (const [name, given, level, problem] of cases) {
    await t.step(name, () => {
      const health = assess(given, NOW);
      assert.equal(health.level, level);
      if (problem) assert.match(health.problems.join("; "), problem);
      else assert.deepEqual(health.problems, []);
    });
  }
});

Deno.test("absurd status shows queues, workers, what they run, and dead letters", async () => {
  await withWorld(async ({ run, spawn, claim, failNext }) => {
    await spawn("extract");
    await failNext("broken");
    await spawn("image");
    await claim();
    await spawn("catalog", "--delay", "1h");
    const { code, stdout, stderr } = await run(["status"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(
      stdout,
      /^warning {2}schema version \d+\n {2}1 dead letter waits to be replayed or purged\n/,
    );
    assert.match(stdout, /\nQueues\nqueue .*\ndsa110-pipeline +0 +1 +0 +0 +1 +0 +1 +0 +-\n/);
    assert.match(
      stdout,
      /\nWorkers\nworker .*\ntester +node1 +4711 +dsa110-pipeline +\S+ ago +1\/4 +image [0-9a-f-]{13}\n/,
    );
    assert.match(stdout, /\nDead letters\n1\n$/);
  });
});

Deno.test("absurd status --json is one document with the database's words", async () => {
  await withWorld(async ({ spawn, document }) => {
    await spawn("image");
    const { schema_version, health, queues, workers, dead_letters } = await document(["status"]);
    assert.ok(schema_version >= 1);
    assert.deepEqual({ health, dead_letters }, { health: { level: "ok", problems: [] }, dead_letters: 0 });
    assert.equal(queues[0].queue_name, "dsa110-pipeline");
    assert.equal(queues[0].ready, 1);
    assert.equal(workers[0].worker_id, "tester");
    assert.equal((await document(["status", "--queue", "elsewhere"])).queues[0].ready, 0);
  });
});

Deno.test("absurd status --check exits as monitoring plugins do", async () => {
  await withWorld(async ({ run, spawn, failNext, database }) => {
    assert.deepEqual(await run(["status", "--check"]), { code: 0, stdout: "OK\n", stderr: "" });
    await spawn("image");
    await failNext("broken");
    const warning = await run(["status", "--check"]);
    assert.deepEqual({ code: warning.code, stdout: warning.stdout.split(";")[0] }, {
      code: 1,
      stdout: "WARNING",
    });
    await spawn("image");
    await advanceClock(database, 3600);
    const critical = await run(["status", "--check"]);
    assert.equal(critical.code, 2);
    assert.match(critical.stdout, /^CRITICAL; .*No live worker serves queue dsa110-pipeline/);
  });
});
