import assert from "node:assert/strict";
import { join } from "node:path";
import { setClock } from "../support/clock.ts";
import { withWorld } from "./world.ts";

const NIGHTLY = [
  "scheduler",
  "add",
  "nightly",
  "--cron",
  "0 3 * * *",
  "--tz",
  "America/Los_Angeles",
  "--chain",
  "standard",
  "-P",
  "input=/data/x.uvh5",
];

Deno.test("absurd scheduler adds, shows, pauses, resumes, triggers and removes a schedule", async () => {
  await withWorld(async ({ database, run, document }) => {
    await setClock(database, "2026-10-31T12:00:00Z");
    const added = await run(NIGHTLY);
    assert.equal(added.code, 0, added.stderr);
    assert.match(
      added.stderr,
      /^Saved schedule nightly of chain standard: next run Sun 2026-11-01 03:00:00 -08:00, /,
    );
    assert.equal(added.stdout, "");
    const [schedule] = await document(["scheduler", "list"]);
    assert.equal(schedule.next_due_at, "2026-11-01T11:00:00.000Z");
    assert.deepEqual(schedule.params, { input: "/data/x.uvh5" });
    assert.equal(schedule.chain.steps.length, 5);

    assert.equal((await document(["scheduler", "pause", "nightly"])).state, "paused");
    assert.match((await run(["scheduler", "list"])).stdout, /nightly .* paused +- /);
    assert.equal((await document(["scheduler", "resume", "nightly"])).state, "active");

    const triggered = await run(["scheduler", "trigger", "nightly"]);
    const workflow = await document(["workflow", "show", triggered.stdout.trim()]);
    assert.equal(workflow.name, "standard");
    const [last] = await document(["scheduler", "history", "nightly"]);
    assert.deepEqual([last.outcome, last.workflow_id, last.due_at], ["spawned", workflow.workflow_id, null]);
    const later = (await run(["scheduler", "trigger", "nightly"])).stdout.trim();
    const ids = async (...flags: string[]) =>
      (await document(["scheduler", "history", "nightly", ...flags])).map(
        ({ workflow_id: id }: { workflow_id: string }) => id,
      );
    assert.deepEqual(await ids(), [later, workflow.workflow_id]);
    assert.deepEqual(await ids("--limit", "1"), [later]);
    assert.match((await run(["scheduler", "show", "nightly"])).stdout, /^steps +convert_uvh5 → calibrate/m);

    assert.equal((await run(["scheduler", "remove", "nightly"])).code, 0);
    const gone = await run(["scheduler", "show", "nightly"]);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /There is no schedule nightly/);
  });
});

Deno.test("absurd scheduler next shows times in the zone and in UTC, also from another moment", async () => {
  await withWorld(async ({ database, run, document }) => {
    await setClock(database, "2026-10-31T12:00:00Z");
    await run(NIGHTLY);
    assert.equal(
      (await run(["scheduler", "next", "nightly", "-n", "2"])).stdout,
      [
        "due in America/Los_Angeles      UTC",
        "Sun 2026-11-01 03:00:00 -08:00  2026-11-01T11:00:00Z",
        "Mon 2026-11-02 03:00:00 -08:00  2026-11-02T11:00:00Z",
        "",
      ].join("\n"),
    );
    const local = await document(["scheduler", "next", "nightly", "-n", "1", "--at", "2026-07-01T03:00"]);
    assert.equal(local[0].due_at, "2026-07-02T10:00:00.000Z");
    const [before] = await document(["scheduler", "next", "nightly", "-n", "1", "--at", "2026-07-01T00:00Z"]);
    assert.deepEqual([before.due_at, before.zoned], [
      "2026-07-01T10:00:00.000Z",
      "2026-07-01T03:00:00-07:00[America/Los_Angeles]",
    ]);
  });
});

Deno.test("absurd scheduler next previews an expression without a database", async () => {
  await withWorld(async ({ run }) => {
    const flags = ["--cron", "30 2 * * *", "--tz", "Europe/Berlin", "--at", "2026-03-28T12:00Z", "-n", "1"];
    const { stdout } = await run(["scheduler", "next", ...flags], {
      env: { ABSURD_DATABASE_URL: "nowhere" },
    });
    assert.match(stdout, /^Sun 2026-03-29 03:30:00 \+02:00 {2}2026-03-29T01:30:00Z$/m);
    assert.equal((await run(["scheduler", "next"])).code, 2);
  });
});

Deno.test("absurd scheduler add refuses what would never fire, cannot be read or is there already", async () => {
  await withWorld(async ({ run }) => {
    const add = (...flags: string[]) => run(["scheduler", "add", "x", "--task", "work", ...flags]);
    const cases: [string[], RegExp][] = [
      [["--cron", "0 0 31 2 *"], /"0 0 31 2 \*" never fires/],
      [["--cron", "60 * * * *"], /Invalid value for minute: 60/],
      [["--cron", "@daily", "--tz", "Mars/Olympus"], /There is no time zone "Mars\/Olympus"/],
      [["--cron", "@daily", "--start", "tomorrow"], /Cannot read --start tomorrow as a time/],
      [["--cron", "@daily", "--chain", "standard"], /'--task <name>' cannot be used with option '--chain/],
      [["--cron", "@daily", "--missed", "never"], /Allowed choices are skip, once, all/],
      [[], /Nothing says when schedule x is due\nhint: Give --cron EXPRESSION\n/],
    ];
    for (const [flags, message] of cases) {
      const { code, stderr } = await add(...flags);
      assert.equal(code, 2, flags.join(" "));
      assert.match(stderr, message);
    }
    assert.equal((await add("--cron", "@daily")).code, 0);
    const again = await add("--cron", "@hourly");
    assert.equal(again.code, 2);
    assert.match(again.stderr, /There is a schedule x already\n/);
    assert.match(again.stderr, /--replace/);
  });
});

Deno.test("absurd scheduler add --replace keeps what is not named", async () => {
  await withWorld(async ({ database, run, document }) => {
    await setClock(database, "2026-10-31T12:00:00Z");
    const add = async (...flags: string[]) => {
      const { code, stderr } = await run(["scheduler", "add", "x", ...flags]);
      assert.equal(code, 0, stderr);
      const schedule = await document(["scheduler", "show", "x"]);
      for (const changing of ["revision", "updated_at", "next_due_at", "next_run_at"]) {
        delete schedule[changing];
      }
      return schedule;
    };
    const zone = "Europe/Berlin";
    const times = ["--tz", zone, "--missed", "skip", "--grace", "5m", "--overlap", "skip", "--jitter", "10s"];
    const limits = ["--priority", "3", "--max-retries", "1", "--timeout", "2h", "--end", "2027-01-01T00:00Z"];
    const about = ["--queue", "imaging", "--description", "each night", "-P", "input=/data/x"];
    const before = await add("--cron", "@daily", "--chain", "quick", ...times, ...limits, ...about);
    assert.deepEqual(await add("--replace"), before);
    const hourly = { ...before, "cron_expression": "@hourly", description: "each hour" };
    assert.deepEqual(await add("--replace", "--cron", "@hourly", "--description", "each hour"), hourly);
    assert.deepEqual(await add("--replace", "--start", "2026-11-01T06:00"), {
      ...hourly,
      "starts_at": "2026-11-01T05:00:00.000Z", // on the clock of the zone that it has
    });
    const { task_name: task, chain, params, timezone } = await add("--replace", "--task", "work");
    assert.deepEqual([task, chain, params, timezone], ["work", null, before.params, zone]);
  });
});

Deno.test("absurd status shows schedulers, and schedules that are paused by an error or overdue", async () => {
  await withWorld(async ({ database, run, document }) => {
    await setClock(database, "2026-10-31T12:00:00Z");
    for (const name of ["bad", "good"]) {
      await run(["scheduler", "add", name, "--cron", "@hourly", "--task", "work"]);
    }
    await database.call("fail_schedule", { name: "bad", revision: 1, error: "out of order" });
    const { stdout } = await run(["status"]);
    assert.match(stdout, /Schedule bad is paused: out of order\n/);
    assert.match(stdout, /No live scheduler fires the schedules\n/);
    assert.match(stdout, /\nSchedulers\nnone\n\nSchedules\n1 paused, 1 active\n/);
    assert.match((await run(["scheduler", "list"])).stdout, /\nbad is paused: out of order\n/);

    await database.call("register_scheduler", { "scheduler_id": "s1" });
    await setClock(database, new Date());
    const status = await document(["status"]);
    assert.deepEqual(status.schedulers.map((each: Record<string, unknown>) => each.scheduler_id), ["s1"]);
    assert.equal(status.schedules.length, 2);
  });
});

Deno.test("absurd scheduler run refuses to start unless it is enabled", async () => {
  await withWorld(async ({ run }) => {
    const { code, stderr } = await run(["scheduler", "run"]);
    assert.equal(code, 1);
    assert.match(stderr, /The scheduler is not enabled: ABSURD_ENABLED is not true\n.*ABSURD_ENABLED=true/);
  });
});

Deno.test("absurd scheduler sync shows what differs, asks, and makes the database match the manifest", async () => {
  const folder = await Deno.makeTempDir({ prefix: "absurd-sync-" });
  try {
    await withWorld(async ({ run, document }) => {
      const write = (schedules: unknown) =>
        Deno.writeTextFile(join(folder, "absurd.json"), JSON.stringify({ stages: {}, schedules }));
      const world = { baseDir: folder };
      const sync = (...flags: string[]) => run(["scheduler", "sync", ...flags], world);
      await run(["scheduler", "add", "byhand", "--cron", "@daily", "--task", "work"]);
      const nightly = {
        cron: "0 3 * * *",
        timezone: "Europe/Berlin",
        chain: "quick",
        params: { b: 1, a: "{due_at}" },
      };
      await write({ nightly, sweep: { cron: "@hourly", task: "sweep", overlap: "skip", jitter: "5m" } });

      const preview = await sync("--dry-run");
      assert.equal(
        preview.stdout,
        "+ nightly: 0 3 * * * (Europe/Berlin) chain quick\n+ sweep: @hourly (UTC) task sweep\n",
      );
      assert.match(preview.stderr, /Nothing was changed: 2 would be/);
      const unasked = await sync();
      assert.equal(unasked.code, 2);
      assert.match(unasked.stderr, /This changes 2 schedules\. There is no terminal to ask on/);
      assert.equal((await document(["scheduler", "list"])).length, 1);

      assert.equal((await sync("--yes")).code, 0);
      assert.match((await sync()).stderr, /The schedules of the database are those of/);

      await write({ nightly: { ...nightly, cron: "0 4 * * *" } });
      assert.equal(
        (await sync("--yes")).stdout,
        '~ nightly: cron_expression "0 3 * * *" → "0 4 * * *"\n- sweep\n',
      );
      const names = (await document(["scheduler", "list"])).map(({ name }: { name: string }) => name);
      assert.deepEqual(names, ["byhand", "nightly"]);

      await write({ nightly, broken: { cron: "61 * * * *", task: "work" } });
      const broken = await sync("--yes");
      assert.equal(broken.code, 2);
      assert.match(broken.stderr, /Schedule broken: Cannot read cron expression/);
      await write({ nightly: { cron: "@daily", chain: "nonesuch" } });
      assert.match((await sync()).stderr, /schedules\.nightly\.chain: there is no chain "nonesuch"/);
      assert.equal((await document(["scheduler", "show", "nightly"])).cron_expression, "0 4 * * *");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
