import assert from "node:assert/strict";
import { ManifestError } from "../../../lib/errors.ts";
import {
  defaultManifestPath,
  findManifest,
  loadManifest,
  manifestSettings,
} from "../../../lib/stage/manifest.ts";
import { FIXTURES, temporaryFolder } from "./_helpers.ts";

/** Loads a manifest that stands in a file of its own. */
async function load(document: unknown) {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/absurd.json`;
  await Deno.writeTextFile(path, typeof document === "string" ? document : JSON.stringify(document));
  return await loadManifest(path);
}

/** Loads a manifest of one stage. */
function loadStage(stage: Record<string, unknown>) {
  return load({ stages: { image: { module: "image.ts", ...stage } } });
}

Deno.test("loadManifest() fills in defaults and reads durations and sizes", async () => {
  const { stages, directory, path } = await loadStage({
    timeout: "10m",
    backoff: { base: 2, cap: "1h" },
    memory: "1.5GB",
    max_retries: 0,
    permissions: { read: ["{params.input}"], env: true },
  });
  const { program, permissions, ...rest } = stages.image;
  assert.deepEqual(program, { module: `${directory}/image.ts` });
  assert.equal(path, `${directory}/absurd.json`);
  assert.equal(permissions.env, true);
  assert.deepEqual(rest, {
    name: "image",
    env: {},
    timeoutSec: 600,
    unsafe: false,
    maxRetries: 0,
    backoffBaseSec: 2,
    backoffCapSec: 3600,
    memoryBytes: 1.5e9,
    resultBytes: 1e6,
    logSize: 64_000,
    secret: [],
    requires: {},
  });
});

Deno.test("loadManifest() names the steps of a chain after their tasks", async () => {
  const { chains } = await loadManifest(FIXTURES);
  assert.deepEqual(chains.twice, {
    name: "twice",
    steps: [{ name: "echo", task: "echo" }, { name: "again", task: "echo" }],
  });
});

Deno.test("loadManifest() fills in when a warm stage is recycled", async () => {
  const { stages } = await loadStage({
    mode: "warm",
    recycle: { after: "5m" },
    permissions: { read: ["{stage_dir}/tables"] },
  });
  assert.deepEqual(stages.image.warm, { tasks: 10_000, afterSec: 300 });
});

const MISTAKES: { at: string; stage: Record<string, unknown> }[] = [
  { at: "stages.image.mode: ", stage: { mode: "hot" } },
  { at: "stages.image.mode: ", stage: { mode: "warm", permissions: { read: ["{params.input}"] } } },
  { at: "stages.image.mode: ", stage: { mode: "warm", permissions: { write: ["{work_dir}"] } } },
  { at: "stages.image.mode: ", stage: { mode: "warm", env: { BAND: "{inputs.split.band}" } } },
  { at: "stages.image.mode: ", stage: { mode: "warm", module: undefined, command: ["/bin/true"] } },
  { at: "stages.image.recycle: ", stage: { recycle: { tasks: 5 } } },
  { at: "stages.image.timeout: ", stage: { timeout: "soon" } },
  { at: "stages.image.timeout: ", stage: { timeout: -1 } },
  { at: "stages.image.memory: ", stage: { memory: "1 furlong" } },
  { at: 'stages.image: Unrecognized key: "timeuot"', stage: { timeuot: 1 } },
  { at: "stages.image: Expected either module or command", stage: { command: ["a"] } },
  { at: "stages.image.permissions.read[1]: ", stage: { permissions: { read: ["/a", 7] } } },
  { at: "stages.image.permissions.read[0]: ", stage: { permissions: { read: ["/a,/b"] } } },
  { at: "stages.image.permissions.read[0]: ", stage: { permissions: { read: ["{param.input}"] } } },
  { at: "stages.image.permissions.read[0]: ", stage: { permissions: { read: ["{params.input"] } } },
  { at: "stages.image.permissions.read: ", stage: { permissions: { read: true } } },
  { at: "stages.image.permissions.run[0]: ", stage: { permissions: { run: ["bash"] } } },
  { at: "stages.image.permissions.run[0]: ", stage: { permissions: { run: ["{params.tool}"] } } },
  { at: "stages.image.permissions.ffi[0]: ", stage: { permissions: { ffi: ["/lib/libm.so"] } } },
  { at: "stages.image.env.A-B: ", stage: { env: { "A-B": "x" } } },
  { at: "stages.image.env.A: ", stage: { env: { A: "{x}" } } },
  { at: "stages.image.command: ", stage: { module: undefined, command: ["{params.tool}"] } },
  { at: "stages.image.command: ", stage: { module: undefined, command: ["a"], permissions: {} } },
];

for (const { at, stage } of MISTAKES) {
  Deno.test(`loadManifest() says "${at}" when a stage has ${JSON.stringify(stage)}`, async () => {
    await assert.rejects(() => loadStage(stage), (error: Error) => {
      assert(error instanceof ManifestError);
      assert.match(error.message, /^Manifest ".*absurd\.json" is not valid: /);
      assert(error.message.includes(`: ${at}`), error.message);
      return true;
    });
  });
}

Deno.test("loadManifest() accepts what amounts to everything when the stage is unsafe", async () => {
  const { stages } = await loadStage({ unsafe: true, permissions: { run: ["bash"], ffi: ["/lib/libm.so"] } });
  assert.deepEqual(Object.keys(stages.image.permissions), ["run", "ffi"]);
});

Deno.test("loadManifest() refuses a chain when its steps do not fit together", async () => {
  const chain = (steps: unknown[]) => load({ stages: {}, chains: { c: { steps } } });
  await assert.rejects(
    chain([{ task: "a" }, { task: "a" }]),
    /chains\.c\.steps\[1\]: there are two steps "a"/,
  );
  await assert.rejects(
    chain([{ task: "a", depends_on: ["b"] }]),
    /steps\[0\]: it depends on "b", which is no step/,
  );
  await assert.rejects(chain([]), /chains\.c\.steps: /);
});

Deno.test("loadManifest() reads the options of a chain's steps, and says which cannot be used", async () => {
  const chain = async (second: object) => {
    const steps = [{ task: "a" }, { task: "b", ...second }];
    return (await load({ stages: {}, chains: { c: { steps } } })).chains.c.steps[1];
  };
  assert.deepEqual(
    await chain({ on_parent_failure: "ignore", priority: 2, delay: "1m", max_retries: 0, timeout: 5 }),
    {
      name: "b",
      task: "b",
      onParentFailure: "ignore",
      priority: 2,
      delaySec: 60,
      maxRetries: 0,
      timeoutSec: 5,
    },
  );
  const edge = { step: "a", "on_parent_failure": "wait" };
  assert.deepEqual((await chain({ depends_on: [edge] })).dependsOn, [{ step: "a", onParentFailure: "wait" }]);
  const mistakes: [object, string][] = [
    [
      { on_parent_failure: "stop" },
      'chains.c.steps[1].on_parent_failure: Expected cancel, wait or ignore, not "stop"',
    ],
    [
      { timeout: "1 hour" },
      'chains.c.steps[1]: timeout of step b must be a duration such as 90, 90s or 2h30m, not "1 hour"',
    ],
    [{ depends_on: [{ step: "x" }] }, 'chains.c.steps[1]: it depends on "x", which is no step of the chain'],
    [
      { depends_on: [7] },
      "chains.c.steps[1].depends_on[0]: Expected the name of a step, or an object with step and",
    ],
  ];
  for (const [second, message] of mistakes) {
    await assert.rejects(
      chain(second),
      (error: Error) => error.message.includes(message) || assert.fail(error.message),
    );
  }
});

Deno.test("loadManifest() says what is wrong when the file is missing, no JSON or no object", async () => {
  await assert.rejects(loadManifest("/no/such/absurd.json"), {
    name: "ManifestError",
    message: 'Manifest "/no/such/absurd.json" does not exist',
  });
  await assert.rejects(load("{"), /is not JSON: /);
  await assert.rejects(load([]), /is not valid: the document: /);
});

Deno.test("manifestSettings() gives the worker what it must know to claim", async () => {
  const manifest = await load({
    stages: {
      image: { module: "image.ts", timeout: "1m", max_retries: 1, concurrency: 2, backoff: { base: "1s" } },
      catalog: { module: "catalog.ts", on_complete: "sky" },
    },
  });
  assert.deepEqual(manifestSettings(manifest), {
    taskNames: ["image", "catalog"],
    stages: { image: { timeoutSec: 60, maxRetries: 1, backoffBaseSec: 1 }, catalog: { onComplete: "sky" } },
    concurrency: { image: 2 },
  });
});

Deno.test("findManifest() prefers the named one, then that of the folder, then the package's own", async () => {
  await using folder = await temporaryFolder();
  assert.equal(await findManifest("a/b.json", "/x"), "/x/a/b.json");
  assert.equal(await findManifest(undefined, folder.path), defaultManifestPath());
  await Deno.writeTextFile(`${folder.path}/absurd.json`, "{}");
  assert.equal(await findManifest(undefined, folder.path), `${folder.path}/absurd.json`);
});
