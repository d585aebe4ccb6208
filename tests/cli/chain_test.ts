import assert from "node:assert/strict";
import { json } from "../../lib/database.ts";
import { advanceClock } from "../support/clock.ts";
import { eventually } from "../support/process.ts";
import { withWorld } from "./world.ts";

Deno.test("absurd chain prints the id of the workflow, whose steps get the params", async () => {
  await withWorld(async ({ run, document }) => {
    const { code, stdout, stderr } = await run(["chain", "quick", "-P", "input=/data/a.uvh5"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const workflow = await document(["workflow", "show", stdout.trim()]);
    assert.equal(workflow.name, "quick");
    const steps = workflow.steps.map((
      step: Record<string, unknown>,
    ) => [step.step_name, step.state, step.params]);
    const params = { input: "/data/a.uvh5" };
    assert.deepEqual(steps, [["convert_uvh5", "ready", params], ["image", "blocked", params]]);
  });
});

Deno.test("absurd chain warns of the tasks that no live worker offers", async () => {
  await withWorld(async ({ run, database }) => {
    const info = json({ "queue_names": ["elsewhere"], "task_names": ["convert_uvh5"] });
    await database.call("register_worker", { "worker_id": "w", info });
    const args = ["chain", "quick", "-P", "input=/data/a.uvh5", "--queue", "elsewhere"];
    const withKey = [...args, "--key", "a"];
    for (const once of [args, withKey]) {
      const { code, stderr } = await run(once);
      assert.equal(code, 0);
      assert.equal(
        stderr,
        "warning: No live worker offers task image on queue elsewhere: the chain waits for one\n",
      );
    }
    assert.doesNotMatch((await run(withKey)).stderr, /worker/, "nothing was spawned the second time");
  });
});

Deno.test("absurd chain --json tells the ids of the steps, in their order", async () => {
  await withWorld(async ({ document }) => {
    const spawned = await document(["chain", "standard", "--key", "observation 1"]);
    assert.deepEqual(Object.keys(spawned.task_ids), [
      "convert_uvh5",
      "calibrate",
      "image",
      "extract",
      "catalog",
    ]);
    const again = await document(["chain", "standard", "--key", "observation 1"]);
    assert.equal(again.workflow_id, spawned.workflow_id);
    assert.equal(again.created, false);
  });
});

Deno.test("absurd chain FILE spawns what the file says", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    const steps = [
      { name: "left", task: "image" },
      { name: "right", task: "image", depends_on: [], params: { size: 2 } },
      { name: "join", task: "extract", depends_on: ["left", "right"] },
    ];
    await Deno.writeTextFile(`${baseDir}/diamond.json`, JSON.stringify({ steps }));
    await Deno.writeTextFile(`${baseDir}/no.json`, JSON.stringify({ steps: [] }));
    await withWorld(async ({ document, run }) => {
      const refused = await run(["chain", "no.json"], { baseDir });
      assert.equal(refused.code, 2);
      assert.ok(refused.stderr.startsWith(`error: ${baseDir}/no.json holds no chain: `), refused.stderr);
      const { workflow_id } = await document(["chain", "diamond.json", "-P", "size:=1"], { baseDir });
      const workflow = await document(["workflow", "show", workflow_id]);
      assert.equal(workflow.name, "diamond");
      const [left, right, join] = workflow.steps;
      assert.deepEqual([left.params, right.params], [{ size: 1 }, { size: 2 }]);
      assert.equal(join.state, "blocked");
      assert.equal(join.depends_on.length, 2);
    });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});

Deno.test("absurd chain FILE takes options of steps and policies of edges, and shows them", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    const steps = [
      { name: "left", task: "image", delay: "1h", max_retries: 0 },
      { name: "right", task: "image", depends_on: [], timeout: 90, priority: 3 },
      {
        name: "join",
        task: "extract",
        depends_on: ["left", { step: "right", on_parent_failure: "ignore" }],
        on_parent_failure: "wait",
      },
    ];
    await Deno.writeTextFile(`${baseDir}/diamond.json`, JSON.stringify({ steps }));
    await withWorld(async ({ run, document }) => {
      const { workflow_id } = await document(["chain", "diamond.json", "--priority", "1"], { baseDir });
      const [left, right, join] = (await document(["workflow", "show", workflow_id])).steps;
      assert.deepEqual([left.state, left.max_retries, left.priority], ["scheduled", 0, 1]);
      assert.deepEqual([right.state, right.timeout_sec, right.priority], ["ready", 90, 3]);
      const edges = join.depends_on.map((edge: Record<string, string>) => edge.on_parent_failure);
      assert.deepEqual(edges, ["wait", "ignore"]);

      const { stdout } = await run(["chain", "show", "diamond.json"], { baseDir });
      assert.match(stdout, /^left .* delay_sec=3600 max_retries=0$/m);
      assert.match(stdout, /^join +extract +left, right \(ignore\) .* on_parent_failure=wait$/m);

      await Deno.writeTextFile(
        `${baseDir}/odd.json`,
        JSON.stringify({ steps: [{ task: "a", timeout: "1 hour" }] }),
      );
      const { code, stderr } = await run(["chain", "odd.json"], { baseDir });
      assert.equal(code, 2);
      assert.equal(
        stderr,
        `error: ${baseDir}/odd.json holds no chain: ` +
          'timeout of step a must be a duration such as 90, 90s or 2h30m, not "1 hour"\n',
      );
    });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});

Deno.test("absurd chain --key-window says for how long the workflow holds its key", async () => {
  await withWorld(async ({ run, database, completeNext }) => {
    const args = ["chain", "quick", "--key", "k", "--key-window", "1h"];
    const id = (await run(args)).stdout;
    for (const result of [{}, {}]) await completeNext(result);
    await advanceClock(database, 3_500);
    const again = await run(args);
    assert.deepEqual([again.stdout, again.stderr], [
      id,
      `Key k belongs to workflow ${id.trim()}: nothing was spawned\n`,
    ]);
    await advanceClock(database, 200);
    assert.notEqual((await run(args)).stdout, id);
  });
});

Deno.test("absurd chain names the chains of the manifest where the user stands", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    const manifest = {
      stages: { look: { command: ["true"] } },
      chains: { twice: { steps: [{ name: "first", task: "look" }, { name: "second", task: "look" }] } },
    };
    await Deno.writeTextFile(`${baseDir}/absurd.json`, JSON.stringify(manifest));
    await withWorld(async ({ document, run }) => {
      const names = (await document(["chain", "list"], { baseDir })).map(({ name }: { name: string }) =>
        name
      );
      assert.deepEqual(names, ["standard", "quick", "calibrator", "target", "twice"]);
      const shown = await document(["chain", "show", "twice"], { baseDir });
      assert.deepEqual(shown.steps.map(({ task }: { task: string }) => task), ["look", "look"]);
      assert.equal((await run(["chain", "twice"], { baseDir })).code, 0);
    });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});

Deno.test("absurd chain --wait tells each change of a step and ends by the workflow's outcome", async () => {
  await withWorld(async ({ run, database, completeNext, failNext }) => {
    const waiting = run(["chain", "quick", "--wait"]);
    await eventually(async () => (await database.query("select from absurd.tasks")).length > 0);
    await completeNext({ visset: "/work/a" });
    await failNext("out of disk");
    const { code, stderr } = await waiting;
    assert.equal(code, 3);
    assert.match(stderr, /^convert_uvh5: completed in /m);
    assert.match(stderr, /^image: failed: out of disk$/m);
    assert.match(
      stderr,
      /^error: Workflow quick \(.*\) failed: image: out of disk\nhint: absurd task show /m,
    );
  });
});

Deno.test("absurd chain --wait draws the steps in place on a terminal", async () => {
  await withWorld(async ({ run, database, completeNext }) => {
    const waiting = run(["chain", "quick", "--wait"], { terminal: true, env: { NO_COLOR: "1" } });
    await eventually(async () => (await database.query("select from absurd.tasks")).length > 0);
    await completeNext({});
    await completeNext({});
    const { code, stderr } = await waiting;
    assert.equal(code, 0);
    assert.ok(stderr.includes("✔ image"));
    assert.ok(stderr.includes("\u001b[2A"), "the cursor never went up");
    assert.ok(stderr.includes("\u001b[?25h"), "the cursor stayed hidden");
  });
});
