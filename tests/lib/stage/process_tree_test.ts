import assert from "node:assert/strict";
import { detectLauncher, findLauncher, findProgram, type TreeForm } from "../../../lib/stage/launcher.ts";
import { descendants, type ProcessEntry, readProcessTable } from "../../../lib/stage/process_table.ts";
import { KILL_BOUND_MS } from "../../../lib/stage/process_tree.ts";
import {
  assertNoProcesses,
  eventually,
  findProcesses,
  killProcess,
  ROOT,
  startDeno,
} from "../../support/process.ts";
import { makeTask, runTask, temporaryFolder } from "./_helpers.ts";

/** Seconds to sleep that nobody else does: they name the processes of one test. */
function makeMarker(): string {
  return `1000.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
}

/** Waits until there is something to get rid of besides the shells. */
async function waitForChildren(kind: string, marker: string): Promise<void> {
  const program = kind === "flooding" ? `yes flood ${marker}` : `sleep ${marker}`;
  await eventually(async () =>
    (await findProcesses({ marker })).some(({ command }) => command.endsWith(program))
  );
}

/**
 * Processes of a test by number: those with its marker, wherever they hang, and what stands between them and the worker.
 * A marker alone would not show the supervisors, nor a process that has changed its arguments.
 */
async function listTree(marker: string, worker: number): Promise<ProcessEntry[]> {
  const marked = new Set((await findProcesses({ marker })).map(({ pid }) => pid));
  const table = readProcessTable();
  marked.delete(worker); // its arguments may hold the marker
  const found = new Set(descendants(table, ({ pid }) => marked.has(pid)));
  for (const { parent } of found) {
    const above = table.get(parent);
    if (above && above.pid !== worker && above.pid !== 1) found.add(above);
  }
  assert(found.size > 1, "there is nothing to get rid of");
  return [...found];
}

/** Those that are still the same process. */
function stillAlive(entries: readonly ProcessEntry[]): ProcessEntry[] {
  const table = readProcessTable();
  return entries.filter(({ pid, startedAt }) => table.get(pid)?.startedAt === startedAt);
}

/** One process got away; it is ended. */
async function assertEscaped(marker: string): Promise<void> {
  const escaped = await findProcesses({ marker });
  for (const { pid } of escaped) killProcess(pid, "SIGKILL");
  assert.deepEqual(escaped.map(({ command }) => command), [`/bin/sleep ${marker}`]);
}

/** The forms that work here. */
const FORMS: TreeForm[] = (await detectLauncher()).form === "namespace" ? ["namespace", "group"] : ["group"];

const KINDS = ["forking", "daemon", "clean-daemon", "escaping", "stopped", "stubborn", "closing", "flooding"];

/** Elsewhere nothing tells that a process without group, environment and parent belongs to the stage. */
const { adoptsOrphans } = await findLauncher("group");

for (const treeForm of FORMS) {
  for (const kind of KINDS) {
    const escapes = kind === "escaping" && treeForm === "group" && !adoptsOrphans;
    Deno.test(`createPipelineExecutor() leaves ${escapes ? "a process" : "nothing"} when a ${kind} stage is ended in a ${treeForm}`, async () => {
      const marker = makeMarker();
      const abort = new AbortController();
      let abortedAt = 0;
      let tree: ProcessEntry[] = [];
      const onProgress = async () => {
        await waitForChildren(kind, marker);
        tree = await listTree(marker, Deno.pid);
        abortedAt = performance.now();
        abort.abort("cancelled");
      };
      const { failure } = await runTask(makeTask("tree", { kind, marker }), {
        treeForm,
        onProgress,
        signal: abort.signal,
      });
      assert.match(failure?.message ?? "", /its task was cancelled/);
      assert(performance.now() - abortedAt < 1000 + KILL_BOUND_MS + 1000, "not within grace and bound");
      if (escapes) return await assertEscaped(marker);
      assert.deepEqual(stillAlive(tree), []);
      assert.deepEqual(await findProcesses({ marker }), []);
    });
  }

  for (const kind of ["leaving", "leaving-clean"]) {
    const escapes = kind === "leaving-clean" && treeForm === "group" && !adoptsOrphans;
    Deno.test(`createPipelineExecutor() leaves ${escapes ? "a process" : "nothing"} when a ${kind} stage ends before its daemon in a ${treeForm}`, async () => {
      const marker = makeMarker();
      const { result, failure } = await runTask(makeTask("tree", { kind, marker }), { treeForm });
      assert.deepEqual([result, failure], [null, undefined]);
      if (escapes) return await assertEscaped(marker);
      assert.deepEqual(await findProcesses({ marker }), []);
    });
  }

  Deno.test(`createPipelineExecutor() passes exit codes and signals on from a ${treeForm}`, async () => {
    const bad = await runTask(makeTask("shell", { script: "exit 65" }), { treeForm });
    assert.equal(bad.failure?.reason, "bad_input");
    const killed = await runTask(makeTask("shell", { script: "kill -KILL $$" }), { treeForm });
    assert.equal(killed.report.signal, "SIGKILL");
  });

  for (
    const kind of treeForm === "namespace" || adoptsOrphans
      ? KINDS
      : ["forking", "stopped", "stubborn", "closing", "flooding"]
  ) {
    Deno.test(`createPipelineExecutor() leaves nothing when its worker is killed: ${kind}, ${treeForm}`, async () => {
      if (!(await findLauncher(treeForm)).diesWithWorker) return;
      const marker = makeMarker();
      await using folder = await temporaryFolder();
      const driver = "tests/fixtures/stages/driver.ts";
      await using worker = startDeno([driver, treeForm, kind, marker, folder.path]);
      await eventually(() => worker.stdout.includes("ready"));
      await waitForChildren(kind, marker);
      // Supervisors that wait for further tasks are among its children, too.
      const waiting = descendants(readProcessTable(), ({ parent }) => parent === worker.pid);
      const tree = [...await listTree(marker, worker.pid), ...waiting];
      killProcess(worker.pid, "SIGKILL");
      await worker.result;
      await eventually(() => stillAlive(tree).length === 0, { timeoutMs: KILL_BOUND_MS });
      await assertNoProcesses({ marker }, { timeoutMs: 0 });
    });
  }

  Deno.test(`a ${treeForm} runs nothing when the worker dies before it is bound to the worker`, async () => {
    if (!(await findLauncher(treeForm)).diesWithWorker) return;
    const marker = makeMarker();
    await using folder = await temporaryFolder();
    // Binds to the worker only when there is none any more. What finds out whether binding works need not wait.
    const late = `#!/bin/sh
case "$*" in *" stage") while kill -0 $PPID 2>/dev/null; do /bin/sleep 0.01; done ;; esac
exec ${await findProgram("setpriv")} "$@"`;
    await Deno.writeTextFile(`${folder.path}/setpriv`, late, { mode: 0o755 });
    const env = { PATH: `${folder.path}:${Deno.env.get("PATH")}` };
    await using worker = startDeno(["tests/fixtures/stages/tree_driver.ts", treeForm, marker], { env });
    await eventually(() => worker.stdout.includes("started"));
    const supervisors = descendants(readProcessTable(), ({ parent }) => parent === worker.pid);
    assert(supervisors.length > 0, "no supervisor was started");
    killProcess(worker.pid, "SIGKILL");
    await worker.result;
    await eventually(() => stillAlive(supervisors).length === 0, { timeoutMs: KILL_BOUND_MS });
    await assertNoProcesses({ marker }, { timeoutMs: 0 });
  });
}

Deno.test("createPipelineExecutor() does not wait when somebody else holds a pipe of its stage", async () => {
  const marker = makeMarker();
  const abort = new AbortController();
  let pipe: Deno.FsFile | undefined;
  const onProgress = async () => {
    await waitForChildren("forking", marker);
    const sleeper = (await findProcesses({ marker })).find(({ command }) => command === `sleep ${marker}`);
    pipe = await Deno.open(`/proc/${sleeper?.pid}/fd/1`, { write: true });
    abort.abort("cancelled");
  };
  const { report } = await runTask(makeTask("tree", { kind: "forking", marker }), {
    onProgress,
    signal: abort.signal,
  });
  assert(pipe, "the pipe was not opened");
  pipe.close();
  assert.match(report.logTail ?? "", /A process that left this run still holds its pipes/);
});

Deno.test("findLauncher() finds a namespace when the worker is no administrator", async () => {
  if (Deno.uid() !== 0 || FORMS[0] !== "namespace") return;
  await using folder = await temporaryFolder();
  // The checkout may be out of reach for others, so the few files that are needed go where anybody can read.
  await Deno.chmod(folder.path, 0o777);
  for (const file of ["launcher.ts", "process_tree.ts", "process_table.ts", "supervisor.ts"]) {
    await Deno.copyFile(`${ROOT}lib/stage/${file}`, `${folder.path}/${file}`);
  }
  await Deno.copyFile(`${ROOT}tests/fixtures/stages/unprivileged.ts`, `${folder.path}/unprivileged.ts`);
  const { code, stdout, stderr } = await new Deno.Command("setpriv", {
    args: [
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "--",
      Deno.execPath(),
      "run",
      "-A",
      "--no-lock",
    ]
      .concat(`${folder.path}/unprivileged.ts`),
    env: { DENO_DIR: `${folder.path}/cache`, NO_COLOR: "1" },
    cwd: folder.path,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), {
    form: "namespace",
    diesWithWorker: true,
    code: 65,
    output: "65534\n",
  });
});
