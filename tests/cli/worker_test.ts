import assert from "node:assert/strict";
import { eventually } from "../support/process.ts";
import { runInProcess } from "./fake_context.ts";
import { withWorld } from "./world.ts";

/** Braces are doubled, because those of a manifest's commands are placeholders. */
const RESULT = '{{"absurd":"result","result":{{"answer":42}}}}';

/** Runs `test` in a folder with a manifest of two stages. */
async function withStages(test: (world: { baseDir: string; env: Record<string, string> }) => Promise<void>) {
  const baseDir = await Deno.makeTempDir();
  const manifest = {
    stages: {
      answer: { command: ["/bin/sh", "-c", `echo '${RESULT}'`] },
      refuse: { command: ["/bin/sh", "-c", "echo the input is bad >&2; exit 65"] },
    },
  };
  await Deno.writeTextFile(`${baseDir}/absurd.json`, JSON.stringify(manifest));
  try {
    await test({ baseDir, env: { ABSURD_ENABLED: "true", ABSURD_GRACE_PERIOD: "1" } });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
}

Deno.test("absurd worker --drain runs the stages of the manifest where the user stands, and tells what it does", async () => {
  await withStages((folder) =>
    withWorld(async ({ run, spawn, document }) => {
      const [answered, refused] = [await spawn("answer"), await spawn("refuse")];
      const { code, stdout, stderr } = await run(["worker", "--drain", "--concurrency", "1"], folder);
      assert.deepEqual({ code, stdout }, { code: 0, stdout: "" }, stderr);
      assert.deepEqual((await document(["task", "show", answered])).result, { answer: 42 });
      assert.equal((await document(["task", "show", refused])).status, "failed");
      const words = stderr.trimEnd().split("\n").map((line) => line.split(" ")[1].replace(":", ""));
      assert.deepEqual([words[0], ...words.slice(-2)], ["started", "stopping", "stopped"]);
      // the next claim may come while the last outcome is still on its way
      assert.deepEqual(words.slice(1, -2).sort(), ["claimed", "claimed", "completed", "failed"]);
      assert.match(stderr, new RegExp(`completed answer ${answered} attempt 1`));
      assert.match(stderr, new RegExp(`failed refuse ${refused} attempt 1: .*the input is bad`));
    })
  );
});

Deno.test("absurd worker warns where the grace period does not fit the lease", async () => {
  await withStages(({ baseDir, env }) =>
    withWorld(async ({ run }) => {
      const long = { ...env, ABSURD_GRACE_PERIOD: "2h" };
      const { code, stderr } = await run(["worker", "--drain"], { baseDir, env: long });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^warning: ABSURD_GRACE_PERIOD \(7200 s\) and 2 s more are longer than half of/);
      assert.match(stderr, /^hint: Set ABSURD_LEASE to 14404 or more.* ABSURD_SHUTDOWN_TIMEOUT$/m);
    })
  );
});

Deno.test("absurd task logs prints what attempts wrote, and --follow goes on to the end of the task", async () => {
  await withStages((folder) =>
    withWorld(async ({ run, spawn, database }) => {
      const id = await spawn("refuse");
      const following = run(["task", "logs", "--follow", id.slice(0, 30)]);
      assert.equal((await run(["worker", "--drain"], folder)).code, 0);
      assert.deepEqual(await following, { code: 0, stdout: "the input is bad\n", stderr: "" });
      await database.query(
        "insert into absurd.task_logs values ($1, 2, 0, now(), E'next\u001b[31m one\nnext two\n')",
        [id],
      );
      const { stdout } = await run(["task", "logs", id]);
      assert.equal(stdout, "the input is bad\nnext one\nnext two\n");
      assert.equal((await run(["task", "logs", "--attempt", "1", id])).stdout, "the input is bad\n");
      const none = await run(["task", "logs", "--attempt", "5", id]);
      assert.deepEqual({ code: none.code, stdout: none.stdout }, { code: 1, stdout: "" });
      assert.match(none.stderr, /^error: Task .* has had no attempt 5\nhint: It has had one so far\n$/);
    })
  );
});

Deno.test("absurd worker --audit prints what a stage used, as it stands in a manifest", async () => {
  const baseDir = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(
      `${baseDir}/absurd.json`,
      JSON.stringify({ stages: { copy: { module: "copy.ts" } } }),
    );
    await Deno.writeTextFile(`${baseDir}/input`, "text");
    const source = `const { params, work_dir } = await new Response(Deno.stdin.readable).json();
      await Deno.copyFile(params.input, work_dir + "/copy");
      Deno.hostname();
      if (params.fail) throw new Error("no luck");`;
    await Deno.writeTextFile(`${baseDir}/copy.ts`, source);
    const audit = [
      "worker",
      "--audit",
      "copy",
      "--work-dir",
      `${baseDir}/work`,
      "-P",
      `input=${baseDir}/input`,
    ];
    const { code, stdout, stderr } = await runInProcess(audit, { baseDir });
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      permissions: { read: ["{params.input}"], sys: ["hostname"], write: ["{work_dir}"] },
    });
    const failed = await runInProcess([...audit, "-P", "fail=yes"], { baseDir });
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /Stage "copy" ended with exit code 1: /);
    const unknown = await runInProcess(["worker", "--audit", "none"], { baseDir });
    assert.match(unknown.stderr, /has no stage "none"/);
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});

Deno.test("absurd worker tells what cannot be done now as postponed, not as failed", async () => {
  await withStages(async (folder) => {
    const busy = { command: ["/bin/sh", "-c", "echo the licence is taken >&2; exit 75"] };
    await Deno.writeTextFile(`${folder.baseDir}/absurd.json`, JSON.stringify({ stages: { busy } }));
    await withWorld(async ({ run, spawn }) => {
      const id = await spawn("busy");
      const { code, stderr } = await run(["worker", "--once"], folder);
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        new RegExp(`postponed busy ${id} attempt 1: the licence is taken; next attempt at `),
      );
      assert.match(stderr, /stopped: 0 completed, 0 failed, 1 postponed, /);
    });
  });
});

Deno.test("absurd worker --once runs one task", async () => {
  await withStages((folder) =>
    withWorld(async ({ run, spawn, document }) => {
      await spawn("answer");
      await spawn("answer");
      assert.equal((await run(["worker", "--once"], folder)).code, 0);
      const states = (await document(["task", "list"])).map(({ state }: { state: string }) => state);
      assert.deepEqual(states.sort(), ["completed", "ready"]);
    })
  );
});

Deno.test("absurd worker --max-tasks ends after so many tasks, and --idle-timeout when there are none", async () => {
  await withStages((folder) =>
    withWorld(async ({ run, spawn, document }) => {
      for (let task = 0; task < 3; task++) await spawn("answer");
      assert.equal((await run(["worker", "--max-tasks", "2"], folder)).code, 0);
      const count = async () => (await document(["task", "list", "--status", "completed"])).length;
      assert.equal(await count(), 2);
      const { code, stderr } = await run(
        ["worker", "--idle-timeout", "0.2s", "--poll-interval", "0.1"],
        folder,
      );
      assert.equal(code, 0, stderr);
      assert.equal(await count(), 3);
    })
  );
});

Deno.test("absurd worker --stage runs no other stages of the manifest", async () => {
  await withStages((folder) =>
    withWorld(async ({ run, spawn, document }) => {
      const [answered, refused] = [await spawn("answer"), await spawn("refuse")];
      const { code, stderr } = await run(["worker", "--drain", "--stage", "answer"], folder);
      assert.equal(code, 0, stderr);
      assert.equal((await document(["task", "show", answered])).status, "completed");
      assert.equal((await document(["task", "show", refused])).status, "pending");
      const unknown = await run(["worker", "--stage", "answr"], folder);
      assert.equal(unknown.code, 2);
      assert.match(unknown.stderr, /has no stage "answr"/);
    })
  );
});

Deno.test("absurd worker --queue may be repeated", async () => {
  await withStages((folder) =>
    withWorld(async ({ run, spawn, document }) => {
      await spawn("answer", "--queue", "one");
      await spawn("answer", "--queue", "two");
      await spawn("answer", "--queue", "three");
      const { code, stderr } = await run(["worker", "--drain", "--queue", "one", "--queue", "two"], folder);
      assert.equal(code, 0, stderr);
      const tasks: { queue_name: string; status: string }[] = await document(["task", "list"]);
      assert.deepEqual(
        tasks.filter(({ status }) => status === "completed").map((task) => task.queue_name).sort(),
        ["one", "two"],
      );
    })
  );
});

Deno.test("absurd worker ends in good order and with code 143 when interrupted", async () => {
  await withStages((folder) =>
    withWorld(async ({ run, document }) => {
      const interruption = new AbortController();
      const working = run(["worker"], { ...folder, signal: interruption.signal });
      await eventually(async () => (await document(["worker", "list"])).length === 2);
      interruption.abort("SIGTERM");
      const { code, stderr } = await working;
      assert.equal(code, 143);
      assert.match(stderr, /stopped/);
      assert.equal((await document(["worker", "list"])).length, 1);
    })
  );
});

Deno.test("absurd worker --check names the stages, and the place of a mistake", async () => {
  await withStages(async ({ baseDir }) => {
    const good = await runInProcess(["worker", "--check"], { baseDir });
    assert.equal(good.code, 0);
    assert.match(good.stderr, /absurd\.json is valid; its stages: answer, refuse\n$/);

    await Deno.writeTextFile(`${baseDir}/bad.json`, '{"stages": {"image": {"comand": ["true"]}}}');
    const bad = await runInProcess(["worker", "--check", "--stages", "bad.json"], { baseDir });
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /^error: .*bad\.json.*image/);

    const missing = await runInProcess(["worker", "--check", "--stages", "none.json"], { baseDir });
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^error: .*none\.json/);
  });
});

Deno.test("absurd worker --check tells of stages that nothing binds, and fails when a program is missing", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    const stages = {
      plain: { command: ["/bin/true"] },
      open: { module: "open.ts", permissions: { run: ["sh"] }, unsafe: true },
      absent: { command: ["no-such-program"] },
    };
    await Deno.writeTextFile(`${baseDir}/absurd.json`, JSON.stringify({ stages }));
    const { code, stderr } = await runInProcess(["worker", "--check"], { baseDir });
    assert.equal(code, 1);
    assert.match(stderr, /^Note: Stage "plain" is a command, which no permissions bind$/m);
    assert.match(stderr, /^Note: Stage "open" is declared unsafe; the programs it runs are bound by no/m);
    assert.match(stderr, /^error: Module ".*open.ts" of stage "open" does not exist$/m);
    assert.match(
      stderr,
      /^error: Program "no-such-program" of stage "absent" is not installed on this machine$/m,
    );
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});

Deno.test("absurd worker --check tells of tasks without a stage, and fails when a schedule is never due", async () => {
  await withStages(async ({ baseDir }) => {
    const check = async (parts: Record<string, unknown>) => {
      const stages = { answer: { command: ["/bin/true"] } };
      await Deno.writeTextFile(`${baseDir}/absurd.json`, JSON.stringify({ stages, ...parts }));
      return await runInProcess(["worker", "--check"], { baseDir });
    };
    const foreign = await check({
      chains: { long: { steps: [{ task: "answer" }, { task: "image" }, { task: "extract" }] } },
      schedules: {
        nightly: { cron: "0 3 * * *", task: "mosaic" },
        hourly: { cron: "@hourly", chain: "quick" },
        daily: { cron: "@daily", task: "answer" },
      },
    });
    assert.equal(foreign.code, 0, foreign.stderr);
    assert.deepEqual(foreign.stderr.split("\n").filter((line) => line.startsWith("warning: ")), [
      'warning: Chain "long" needs a worker with another manifest, because this one has no stage image, extract',
      'warning: Schedule "nightly" needs a worker with another manifest, because this one has no stage mosaic',
      'warning: Schedule "hourly" needs a worker with another manifest, because this one has no stage convert_uvh5, image',
    ]);

    const never = await check({
      schedules: {
        leap: { cron: "0 0 31 2 *", task: "answer" },
        over: { cron: "@daily", task: "answer", end: "2020-01-01T00:00:00Z" },
        zone: { cron: "@daily", task: "answer", timezone: "Mars/Olympus" },
      },
    });
    assert.equal(never.code, 1);
    assert.match(
      never.stderr,
      /^error: Schedule "leap": The cron expression "0 0 31 2 \*" never fires\. No day/m,
    );
    assert.match(never.stderr, /^error: Schedule "over": .* does not fire between now, start and end/m);
    assert.match(never.stderr, /^error: Schedule "zone": .*Mars\/Olympus/m);
    assert.doesNotMatch(never.stderr, /is valid/);
  });
});

Deno.test("absurd worker --check accepts the reference pipeline", async () => {
  const { code, stderr } = await runInProcess(["worker", "--check"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /its stages: .*convert_uvh5, calibrate, /);
});
