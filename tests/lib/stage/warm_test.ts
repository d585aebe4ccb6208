import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { detectLauncher, type TreeForm } from "../../../lib/stage/launcher.ts";
import { readProcessTable } from "../../../lib/stage/process_table.ts";
import { KILL_BOUND_MS } from "../../../lib/stage/process_tree.ts";
import type { JsonObject, TaskExecutor } from "../../../lib/task.ts";
import {
  assertNoProcesses,
  eventually,
  findProcesses,
  killProcess,
  startDeno,
} from "../../support/process.ts";
import { type Attempt, FIXTURES, makeExecutor, makeTask, runTask, temporaryFolder } from "./_helpers.ts";

const MODULE = join(dirname(FIXTURES), "kept.ts");

/** The forms that work here. */
const FORMS: TreeForm[] = (await detectLauncher()).form === "namespace" ? ["namespace", "group"] : ["group"];

interface Warm {
  readonly executor: TaskExecutor;
  readonly workDir: string;
  /** Runs a task of the warm stage. */
  run(params?: JsonObject, options?: { taskName?: string; timeoutSec?: number }): Promise<Attempt>;
}

/** Uses an executor, and makes sure that nothing of its stages is left when it was closed. */
async function withWarm(use: (warm: Warm) => Promise<void>, treeForm?: TreeForm): Promise<void> {
  await using folder = await temporaryFolder();
  const executor = await makeExecutor({ workDir: folder.path, treeForm });
  const workDir = folder.path;
  try {
    await use({
      executor,
      workDir,
      run: (params = {}, { taskName = "kept", ...more } = {}) =>
        runTask(makeTask(taskName, params, more), { executor, workDir }),
    });
  } finally {
    await executor.close?.();
  }
  assert.deepEqual(await findProcesses({ marker: MODULE }), []);
}

Deno.test("a warm stage does one task after the other in one process, each with a log of its own", async () => {
  await withWarm(async ({ run, workDir }) => {
    const first = await run({ log: "one" });
    const second = await run({ log: "two", progress: "half" });
    assert.deepEqual([first.result?.tasks, second.result?.tasks], [1, 2]);
    assert.equal(first.result?.started, second.result?.started);
    assert.equal(first.report.logTail, "out one\nerr one\n");
    assert.equal(second.report.logTail, "out two\nerr two\n");
    assert.deepEqual(second.progress, [{ fraction: 0.5, message: "half" }]);
    assert.deepEqual(second.report.flags, ["--no-prompt", "--cached-only", "--deny-import"]);
    assert.equal(second.report.exitCode, 0);
    // It could not write there, so that nobody makes the folder.
    assert(String(second.result?.work_dir).startsWith(workDir));
    assert.deepEqual(Array.from(Deno.readDirSync(workDir)), []);
  });
});

Deno.test("a warm stage has a process for each long task that runs at the same time", async () => {
  await withWarm(async ({ executor, workDir }) => {
    const abort = new AbortController();
    let running = 0;
    const onProgress = () => {
      if (++running === 2) abort.abort("cancelled");
    };
    const options = { executor, workDir, signal: abort.signal, onProgress };
    const long = () => runTask(makeTask("kept", { seconds: 60 }), options);
    const both = await Promise.all([long(), long()]);
    assert.deepEqual(both.map(({ failure }) => failure?.reason), ["signal", "signal"]);
    assert.equal(running, 2);
  });
});

Deno.test("a warm stage gets a new process after so many tasks as its manifest says", async () => {
  await withWarm(async ({ run }) => {
    const counts: unknown[] = [];
    for (let task = 0; task < 4; task++) counts.push((await run()).result?.tasks);
    assert.deepEqual(counts, [1, 2, 3, 1]);
  });
});

Deno.test("a warm stage gets a new process when the old one has lived so long as its manifest says", async () => {
  await using folder = await temporaryFolder();
  const manifest = join(folder.path, "absurd.json");
  const kept = { module: MODULE, mode: "warm", recycle: { after: 0.001 } };
  await Deno.writeTextFile(manifest, JSON.stringify({ stages: { kept } }));
  const executor = await makeExecutor({ manifest, workDir: folder.path });
  for (let task = 0; task < 2; task++) {
    const { result } = await runTask(makeTask("kept"), { executor, workDir: folder.path });
    assert.equal(result?.tasks, 1);
  }
  await executor.close?.();
});

const FAILURES: { name: string; params: JsonObject; reason: string; message: RegExp }[] = [
  { name: "refuses its input", params: { bad: true }, reason: "bad_input", message: /^no such field$/ },
  { name: "ends its process", params: { exit: 3 }, reason: "exit", message: /exit code 3/ },
  {
    name: "gives too large a result",
    params: { size: 20_000 },
    reason: "result",
    message: /10000 are allowed/,
  },
  {
    name: "speaks for another",
    params: { foreign: true },
    reason: "result",
    message: /that of another task/,
  },
  {
    name: "gives its result in the middle of a line",
    params: { quoted: '{"absurd":"result","serial":2,"result":{}}' },
    reason: "result",
    message: /does not stand on a line of its own/,
  },
  { name: "gives an error", params: { status: "error" }, reason: "result", message: /^it did not work$/ },
  {
    name: "closes its output",
    params: { close: true },
    reason: "exit",
    message: /BadResource|Broken pipe|closed/i,
  },
];

for (const { name, params, reason, message } of FAILURES) {
  Deno.test(`a warm stage gets a new process after a task that ${name}`, async () => {
    await withWarm(async ({ run }) => {
      const before = await run();
      const { failure } = await run(params);
      assert.equal(failure?.reason, reason);
      assert.match(failure?.message ?? "", message);
      const after = await run();
      assert.equal(after.result?.tasks, 1);
      assert.notEqual(after.result?.started, before.result?.started);
    });
  });
}

for (const taskName of ["kept", "kept_not"]) {
  Deno.test(`stage "${taskName}" is heard where it leaves a line of its output without an end`, async () => {
    await withWarm(async ({ run }) => {
      const options = { taskName, timeoutSec: 20 };
      const dots = await run({ unfinished: "....." }, options);
      assert.equal(dots.failure, undefined);
      assert(dots.result);
      assert.equal(dots.report.logTail, ".....\n");
      const { result, progress, report } = await run(
        { unfinished: "\n50%\r100%", progress: "half" },
        options,
      );
      assert(result);
      assert.deepEqual(progress, [{ fraction: 0.5, message: "half" }]);
      assert.equal(report.logTail, "\n50%\r100%\n");
    });
  });
}

Deno.test("a warm stage is not heard for a task that it has ended", async () => {
  await withWarm(async ({ run }) => {
    const first = await run({ late: true });
    const second = await run({ seconds: 0.3 });
    assert.deepEqual(first.progress, []);
    assert.deepEqual(second.progress.map(({ message }) => message), ["sleeping"]);
  });
});

Deno.test("a warm stage gets a new process when somebody has killed the one that waited", async () => {
  await withWarm(async ({ run }) => {
    await run();
    const [program] = (await findProcesses({ marker: MODULE })).filter(({ command }) =>
      !/^\S*unshare/.test(command)
    );
    killProcess(program.pid, "SIGKILL");
    // Its supervisors end after it. The outermost leads the group and is our child: nothing here is told of its end
    // before the next task, since it is waited for without letting anything else run.
    const deadline = performance.now() + 10_000;
    while (readProcessTable().has(program.group)) assert(performance.now() < deadline, "it does not end");
    assert.equal((await run()).result?.tasks, 1);
  });
});

for (const treeForm of FORMS) {
  Deno.test(`a warm stage is ended with all its processes when its time is over in a ${treeForm}`, async () => {
    const marker = `1000.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    await withWarm(async ({ run }) => {
      const startMs = performance.now();
      const { failure } = await run({ marker, seconds: 60 }, { taskName: "kept_children", timeoutSec: 1 });
      assert.equal(failure?.reason, "timeout");
      assert(performance.now() - startMs < 2000 + KILL_BOUND_MS + 1000, "not within grace and bound");
      assert.deepEqual(await findProcesses({ marker }), []);
      assert.equal((await run({}, { taskName: "kept_children" })).result?.tasks, 1);
    }, treeForm);
  });

  Deno.test(`a warm stage leaves nothing that its task started in a ${treeForm}`, async () => {
    const marker = `1000.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    await withWarm(async ({ run, executor }) => {
      const { result } = await run({ marker }, { taskName: "kept_children" });
      assert.equal(result?.tasks, 1);
      await executor.close?.();
      assert.deepEqual(await findProcesses({ marker }), []);
      assert.equal((await run({}, { taskName: "kept_children" })).result?.tasks, 1);
    }, treeForm);
  });

  Deno.test(`a warm stage dies with its worker in a ${treeForm}`, async () => {
    const marker = `1000.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    await using folder = await temporaryFolder();
    await using worker = startDeno([
      "tests/fixtures/stages/driver.ts",
      treeForm,
      "warm",
      marker,
      folder.path,
    ]);
    await eventually(() => worker.stdout.includes("ready"));
    await eventually(async () => (await findProcesses({ marker })).length > 0);
    killProcess(worker.pid, "SIGKILL");
    await worker.result;
    await assertNoProcesses({ marker }, { timeoutMs: KILL_BOUND_MS });
    await assertNoProcesses({ marker: MODULE }, { timeoutMs: KILL_BOUND_MS });
  });
}

Deno.test("a warm stage is killed when it takes too much memory, over all its tasks", async () => {
  await withWarm(async ({ run }) => {
    const hog = { megabytes: 200, seconds: 0.1 };
    const first = await run(hog, { taskName: "kept_children" });
    assert.equal(first.failure, undefined);
    const second = await run({ megabytes: 200, seconds: 60 }, { taskName: "kept_children" });
    assert.equal(second.failure?.reason, "memory");
  });
});

Deno.test("a warm stage has folders for its tasks when it may write there", async () => {
  await using folder = await temporaryFolder();
  const manifest = join(folder.path, "absurd.json");
  const root = join(folder.path, "work");
  const kept = { module: MODULE, mode: "warm", permissions: { write: [folder.path] }, unsafe: true };
  await Deno.writeTextFile(manifest, JSON.stringify({ stages: { kept } }));
  const executor = await makeExecutor({ manifest, workDir: root });
  const task = makeTask("kept");
  const { result, report, failure } = await runTask(task, { executor, workDir: root });
  assert.equal(failure, undefined);
  assert.equal(result?.work_dir, join(root, task.taskId, "1"));
  assert.equal(report.workDir, result?.work_dir);
  await executor.accepted?.(task);
  assert.equal(await Deno.readLink(join(root, task.taskId, "current")), "1");
  await executor.close?.();
});

Deno.test("a warm stage does short tasks that come together in one process", async () => {
  await using folder = await temporaryFolder();
  const manifest = join(folder.path, "absurd.json");
  await Deno.writeTextFile(manifest, JSON.stringify({ stages: { kept: { module: MODULE, mode: "warm" } } }));
  const executor = await makeExecutor({ manifest, workDir: folder.path });
  const once = () => runTask(makeTask("kept"), { executor, workDir: folder.path });
  await once();
  const attempts = await Promise.all(Array.from({ length: 8 }, once));
  // More than one only where the machine stands still in between.
  assert(new Set(attempts.map(({ result }) => result?.started)).size < 8);
  assert.deepEqual(attempts.flatMap(({ failure }) => failure ?? []), []);
  await executor.close?.();
});
