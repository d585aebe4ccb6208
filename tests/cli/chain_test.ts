import assert from "node:assert/strict";
import { json } from "../../lib/database.ts";
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
