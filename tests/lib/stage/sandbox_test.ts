import assert from "node:assert/strict";
import { detectLauncher } from "../../../lib/stage/launcher.ts";
import type { JsonObject } from "../../../lib/task.ts";
import { startDeno } from "../../support/process.ts";
import { failTask, FIXTURES, makeTask, runTask, temporaryFolder } from "./_helpers.ts";

const READ_ENVIRONMENTS = "cat /proc/[0-9]*/environ | tr '\\0' '\\n'";

const MISSING: { params: JsonObject; needs: string; kind: string }[] = [
  { params: { path: "/etc/passwd" }, needs: 'read access to "/etc/passwd"', kind: "read" },
  { params: { variable: "HOME" }, needs: 'env access to "HOME"', kind: "env" },
  { params: { url: "http://127.0.0.1:8099/" }, needs: 'net access to "127.0.0.1:8099"', kind: "net" },
  { params: { write: "/tmp/mine" }, needs: 'write access to "/tmp/mine"', kind: "write" },
  { params: { listen: true }, needs: 'net access to "0.0.0.0:0"', kind: "net" },
  {
    params: { path: `/proc/${Deno.pid}/environ` },
    needs: `read access to "/proc/${Deno.pid}/environ"`,
    kind: "read",
  },
  { params: { program: "/bin/sh" }, needs: 'run access to "/bin/sh"', kind: "run" },
  {
    params: { import: "https://example.org/x.ts" },
    needs: 'import access to "example.org:443"',
    kind: "import",
  },
];

for (const { params, needs, kind } of MISSING) {
  Deno.test(`createPipelineExecutor() names the missing permission when a stage lacks ${needs}`, async () => {
    const { failure, report } = await runTask(makeTask("peek", { name: "own.txt", ...params }));
    assert.deepEqual([failure?.reason, failure?.permanent], ["permission", true]);
    const sentence = `Stage "peek" needs ${needs}, which permissions.${kind} of its manifest does not grant`;
    assert.equal(failure?.message, sentence);
    assert.match(report.logTail ?? "", /NotCapable|Requires import access/);
  });
}

const HOSTILE = [
  {
    name: "holds a comma",
    value: "a,/etc",
    message: 'Parameter "name" holds a comma, which would allow a second thing',
  },
  { name: "is empty", value: "", message: 'Parameter "name" is empty, which would allow everything' },
  {
    name: "climbs",
    value: "../../etc/passwd",
    message: 'Parameter "name" climbs out of its folder with ".."',
  },
  { name: "has two lines", value: "a\nb", message: 'Parameter "name" holds a control character: "a\\nb"' },
  { name: "holds NUL", value: "a\0b", message: 'Parameter "name" holds a control character' },
  { name: "is a number", value: 7, message: 'Parameter "name" must be a text, and is 7' },
  { name: "is an object", value: { a: 1 }, message: 'Parameter "name" must be a text, and is an object' },
];

for (const { name, value, message } of HOSTILE) {
  Deno.test(`createPipelineExecutor() refuses the task when a parameter of its permissions ${name}`, async () => {
    const { failure, report } = await runTask(makeTask("peek", { name: value }));
    assert.deepEqual([failure?.reason, failure?.permanent], ["bad_input", true]);
    assert(failure?.message.startsWith(message), `${failure?.message}`);
    assert.equal(report.exitCode, undefined);
  });
}

Deno.test("createPipelineExecutor() refuses the task when a path of its permissions is relative", async () => {
  const failure = await failTask(makeTask("peek", { also: "etc" }));
  assert.equal(failure.message, 'Path "etc" of {params.also?} is relative, and a stage needs absolute paths');
});

Deno.test("createPipelineExecutor() does not fill a template that comes from a parameter", async () => {
  const { report, failure } = await runTask(makeTask("peek", { name: "{params.path}", path: "/etc/passwd" }));
  assert(report.flags?.includes(`--allow-read=${report.workDir}/{params.path}`));
  assert.equal(failure?.reason, "permission");
});

/** Sets the variable that no stage may see. */
function setDatabaseUrl(): Disposable {
  const before = Deno.env.get("ABSURD_DATABASE_URL");
  Deno.env.set("ABSURD_DATABASE_URL", "postgres://user:secret@localhost/db");
  return {
    [Symbol.dispose]() {
      if (before === undefined) Deno.env.delete("ABSURD_DATABASE_URL");
      else Deno.env.set("ABSURD_DATABASE_URL", before);
    },
  };
}

Deno.test("createPipelineExecutor() gives a stage no environment but its own", async () => {
  using _variable = setDatabaseUrl();
  const { result } = await runTask(makeTask("environment", { name: "you" }));
  // Deno sets the last two itself.
  const { DENO_NODE_SHIM_ACTIVE: _shim, PATH: _path, ...variables } = result ?? {};
  assert.deepEqual(Object.keys(variables).sort(), [
    "DENO_DIR",
    "DENO_NO_UPDATE_CHECK",
    "GREETING",
    "NO_COLOR",
  ]);
  assert.equal(variables.GREETING, "hello you");
  assert(!JSON.stringify(result).includes("secret"));
});

Deno.test("createPipelineExecutor() gives a command no environment but its own", async () => {
  const { report } = await runTask(makeTask("shell", { script: "exec /usr/bin/env" }));
  // The fixture's own shell exports PWD; the third is there where no namespace can be made.
  const names = report.logTail?.trim().split("\n").map((line) => line.split("=")[0]) ?? [];
  assert.deepEqual(names.filter((name) => name !== "PWD" && name !== "ABSURD_PROCESS_TREE"), ["GREETING"]);
});

Deno.test("createPipelineExecutor() hides the worker's environment from a command in a namespace", async () => {
  if ((await detectLauncher()).form !== "namespace") return;
  await using folder = await temporaryFolder();
  const driver = startDeno([
    "tests/fixtures/stages/pipeline.ts",
    "shell",
    JSON.stringify({ script: READ_ENVIRONMENTS }),
  ], {
    env: {
      ABSURD_DATABASE_URL: "postgres://user:secret@localhost/db",
      ABSURD_WORK_DIR: folder.path,
      ABSURD_STAGES: FIXTURES,
    },
  });
  const { stdout, stderr } = await driver.result;
  assert.match(stdout, /GREETING=hello/, stderr);
  assert(!stdout.includes("secret"), stdout);
});

Deno.test("createPipelineExecutor() keeps the worker's environment from a module that may read it", async () => {
  using _variable = setDatabaseUrl();
  for (const path of [`/proc/${Deno.pid}/environ`, "/proc/1/environ"]) {
    const { failure, result } = await runTask(makeTask("peek", { also: path, path }));
    assert(failure, JSON.stringify(result));
    assert.match(failure.message, /all access|NotCapable|No such file|not found/);
  }
});

Deno.test("createPipelineExecutor() hands a program no file that the worker has opened", async () => {
  using _file = await Deno.open(FIXTURES);
  const script = "cd /proc/$$/fd && echo *";
  const { report } = await runTask(makeTask("shell", { script }));
  // What the tests' own parent left open is there in both.
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", script] }).output();
  assert.equal(report.logTail, new TextDecoder().decode(stdout));
});

Deno.test("createPipelineExecutor() refuses a command's parameter that its program would take for an option", async () => {
  const failure = await failTask(makeTask("shell", { script: "-c" }));
  assert.match(failure.message, /^Parameter "script" starts with a dash/);
});

Deno.test("createPipelineExecutor() fetches the modules of a stage once, before its program runs", async () => {
  await using folder = await temporaryFolder();
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    requests++;
    return new Response("export const answer = 42;", { headers: { "content-type": "text/javascript" } });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  const manifest = `${folder.path}/absurd.json`;
  const stage = { module: "stage.ts", permissions: { import: [host] } };
  await Deno.writeTextFile(manifest, JSON.stringify({ stages: { stage } }));
  // With neither deno.json nor lock of its own, the module resolves names by those of this package.
  const source = `import { runStage } from "@dsa110/absurd/stage";
    import { answer } from "http://${host}/${crypto.randomUUID()}.js";
    await runStage(() => ({ answer }));`;
  await Deno.writeTextFile(`${folder.path}/stage.ts`, source);

  const first = await runTask(makeTask("stage"), { manifest });
  assert.deepEqual(first.result, { answer: 42 });
  await server.shutdown();
  const second = await runTask(makeTask("stage"), { manifest });
  assert.deepEqual(second.result, { answer: 42 });
  assert.equal(requests, 1);
});
