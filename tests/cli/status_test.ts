import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { eventually } from "../support/process.ts";
import type { Status } from "@dsa110/absurd";
import { assess, type Observation } from "../../cli/status/health.ts";
import { withWorld } from "./world.ts";

const NOW = new Date("2026-01-01T12:00:00Z");

interface Given {
  ageMin?: number;
  paused?: boolean;
  live?: boolean;
  lost?: number;
  lostMin?: number;
  holding?: boolean;
  deadLetters?: number;
  latencyMs?: number;
  idleMin?: number;
  claimed?: number;
}

function observation(ready: number, given: Given = {}): Observation {
  const { ageMin = 0, paused = false, live = true, lost = 0, deadLetters = 0, latencyMs = 1 } = given;
  const { idleMin = 0, claimed = 0, lostMin = 5, holding = false } = given;
  const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
  const worker = (isLive: boolean) => ({
    live: isLive,
    queueNames: ["q"],
    heartbeatAt: ago(isLive ? 0 : lostMin),
    tasks: !isLive && holding ? [{ taskId: "t" }] : [],
    reserved: 0,
  });
  const status = {
    at: NOW,
    queues: [{
      queueName: "q",
      ready,
      claimed,
      paused,
      deadLetters,
      oldestReadyAt: ago(ageMin),
      lastCompletedAt: ago(idleMin),
    }],
    workers: [worker(live), ...Array.from({ length: lost }, () => worker(false))],
    schedulers: [],
    schedules: [],
  };
  return { status: status as unknown as Status, latencyMs };
}

Deno.test("assess() judges depth, age, idleness, workers, dead letters and latency", async (t) => {
  const busy = { idleMin: 6, ageMin: 6, claimed: 4 };
  const cases: [name: string, given: Observation, level: string, problem?: RegExp][] = [
    ["an idle queue", observation(0), "ok"],
    ["a lost worker", observation(0, { live: false }), "warning", /^1 of 1 workers of queue q are lost$/],
    ["a busy queue", observation(500, { ageMin: 10 }), "ok"],
    ["a long queue", observation(501), "warning", /^Queue q has 501 ready tasks$/],
    ["a very long queue", observation(1001), "critical", /^Queue q has 1001 ready tasks$/],
    ["an old task", observation(1, { ageMin: 11 }), "warning", /^A task of queue q has been ready for 11m$/],
    [
      "a very old task",
      observation(1, { ageMin: 61 }),
      "critical",
      /^A task of queue q has been ready for 1h 1m$/,
    ],
    ["no live worker", observation(1, { live: false }), "critical", /^No live worker serves queue q/],
    ["many lost workers", observation(0, { lost: 2 }), "warning", /^2 of 3 workers of queue q are lost$/],
    ["workers replaced long ago", observation(0, { lost: 2, lostMin: 16 }), "ok"],
    [
      "workers lost long ago with their claims",
      observation(0, { lost: 2, lostMin: 16, holding: true }),
      "warning",
      /^2 of 3 workers of queue q are lost$/,
    ],
    [
      "a worker lost long ago that nobody replaced",
      observation(0, { live: false, lostMin: 600 }),
      "warning",
      /^1 of 1 workers of queue q are lost$/,
    ],
    [
      "a stalled queue",
      observation(1, { ...busy, claimed: 0 }),
      "critical",
      /^No task of queue q has completed for 6m/,
    ],
    ["long tasks", observation(1, busy), "warning", /^No task of queue q has completed for 6m/],
    ["a queue that was empty", observation(1, { idleMin: 60, ageMin: 1 }), "ok"],
    ["a paused queue", observation(5000, { ageMin: 99, live: false, paused: true }), "ok"],
    ["a dead letter", observation(0, { deadLetters: 1 }), "warning", /^1 dead letter waits/],
    ["a slow database", observation(0, { latencyMs: 501 }), "warning", /^The database took 501ms to answer$/],
    ["a very slow database", observation(0, { latencyMs: 1001 }), "critical", /^The database took 1.0s/],
  ];
  for (const [name, given, level, problem] of cases) {
    await t.step(name, () => {
      const health = assess(given);
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
      /^warning {2}schema version \d+, database answers in \S+\n {2}1 dead letter waits to be replayed or purged\n/,
    );
    assert.match(stdout, /\nQueues\nqueue .*\ndsa110-pipeline +0 +1 +0 +0 +1 +0 +1 +0 +-\n/);
    assert.match(
      stdout,
      /\nWorkers\nworker .*\ntester +node1 +4711 +dsa110-pipeline +\S+ ago +1\/4 +image [0-9a-f-]{13}\n/,
    );
    assert.match(stdout, /\nEnded\nqueue .*\ndsa110-pipeline +0 +0 +1 +1 +-\n/);
    assert.match(stdout, /\nDead letters\n1\n/);
    assert.match(stdout, /\nLast errors\nwhen .*\n\S+ ago +\S+ +extract +1 +error +failed +broken\n$/);
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

Deno.test("absurd status takes thresholds from flags and variables", async () => {
  await withWorld(async ({ run, spawn, failNext }) => {
    await spawn("image");
    await failNext("broken");
    const code = async (...args: [flags: string[], env?: Record<string, string>]) =>
      (await run(["status", "--check", ...args[0]], { env: args[1] })).code;
    assert.equal(await code([]), 1);
    assert.equal(await code(["--max-dead-letters", "1,2"]), 0);
    assert.equal(await code(["--max-dead-letters", "0,0"]), 2);
    assert.equal(await code([], { ABSURD_STATUS_MAX_DEAD_LETTERS: "5" }), 0);
    assert.equal(await code(["--max-age", "1h,10m"]), 3);
    assert.equal(await code(["--max-latency", "0ms,1m"]), 1);
  });
});

Deno.test("absurd status --watch looks again and again, tells that the database is away, and goes on", async () => {
  await withWorld(async ({ run, database, spawn }) => {
    const interruption = new AbortController();
    const pages: string[] = [];
    const watching = run(["status", "--watch", "10ms", "--jsonl"], {
      signal: interruption.signal,
      onOutput: (text) => pages.push(text),
    });
    const seen = (text: string) => eventually(() => pages.some((page) => page.includes(text)));
    await seen('"level":"ok"');
    await database.query("alter schema absurd rename to away");
    await seen('"level":"critical"');
    await database.query("alter schema away rename to absurd");
    await spawn("image");
    await seen('"ready":1');
    interruption.abort("SIGINT");
    assert.equal((await watching).code, 130);
  });
});

Deno.test("absurd status --watch draws in place on a terminal, and gives it back", async () => {
  await withWorld(async ({ run }) => {
    const interruption = new AbortController();
    let text = "";
    const watching = run(["status", "--watch", "10ms"], {
      terminal: true,
      env: { NO_COLOR: "1" },
      signal: interruption.signal,
      onOutput: (more) => text += more,
    });
    await eventually(() => text.split("\u001b[H").length > 3);
    interruption.abort("SIGINT");
    const { stdout } = await watching;
    assert.ok(stdout.startsWith("\u001b[?1049h"), "the terminal was not taken");
    assert.ok(stdout.includes("\u001b[?1049l\u001b[?25hok  schema version"), "the last page is gone");
  });
});
