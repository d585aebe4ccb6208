import assert from "node:assert/strict";
import { runDeno } from "../../support/process.ts";
import { failTask, FIXTURES, makeTask, runTask, temporaryFolder } from "./_helpers.ts";

Deno.test("createPipelineExecutor() hands the task over and returns the result of its stage", async () => {
  await using folder = await temporaryFolder();
  const task = makeTask("echo", { a: [1, "ü"] }, {
    inputs: { before: { x: 1 } },
    workflowId: "w",
    attempt: 3,
  });
  const { result, progress, report } = await runTask(task, { workDir: folder.path });
  const workDir = `${folder.path}/${task.taskId}/3`;
  assert.deepEqual(result, {
    task: {
      "task_id": task.taskId,
      "task_name": "echo",
      "queue_name": "test",
      attempt: 3,
      params: { a: [1, "ü"] },
      inputs: { before: { x: 1 } },
      "workflow_id": "w",
      "work_dir": workDir,
    },
  });
  assert.deepEqual(progress, [{ fraction: 0.25, message: "listening" }]);
  assert.equal(report.workDir, workDir);
  assert.equal(report.exitCode, 0);
  assert.deepEqual(report.flags, ["--no-prompt", "--cached-only", "--deny-import"]);
  assert.equal(report.logTail, "[warn] about to echo\n");
  assert((report.durationMs ?? 0) > 0);
});

Deno.test("createPipelineExecutor() hands inputs over in a file when they are above 1 MB", async () => {
  const small = await runTask(makeTask("measure", {}, { inputs: { before: { text: "x" } } }));
  assert.deepEqual(small.result, { length: 1, path: null });
  const inputs = { before: { text: "x".repeat(1_100_000) } };
  const { result, report } = await runTask(makeTask("measure", {}, { inputs }));
  assert.deepEqual(result, { length: 1_100_000, path: `${report.workDir}/inputs.json` });
});

const EXIT_CODES = [
  { code: 65, stderr: ["no such field"], reason: "bad_input", permanent: true, message: "no such field" },
  { code: 75, stderr: ["disk full"], reason: "not_now", permanent: false, message: "disk full" },
  {
    code: 1,
    stderr: ["at first", "ValueError: bad"],
    reason: "exit",
    permanent: false,
    message: "ValueError: bad",
  },
  {
    code: 3,
    stderr: [],
    reason: "exit",
    permanent: false,
    message: 'Stage "speak" ended with exit code 3 and wrote nothing to standard error',
  },
];

for (const { code, stderr, reason, permanent, message } of EXIT_CODES) {
  Deno.test(`createPipelineExecutor() fails with reason ${reason} when the exit code is ${code}`, async () => {
    const { failure, report } = await runTask(makeTask("speak", { code, stderr }));
    assert.deepEqual([failure?.reason, failure?.permanent, failure?.message], [reason, permanent, message]);
    assert.equal(report.exitCode, code);
  });
}

Deno.test("createPipelineExecutor() names the signal when one ended the program", async () => {
  const { failure, report } = await runTask(makeTask("shell", { script: "kill -SEGV $$" }));
  assert.deepEqual([failure?.reason, failure?.message], ["signal", 'Stage "shell" was ended by SIGSEGV']);
  assert.deepEqual([report.signal, report.exitCode, report.logTail], ["SIGSEGV", undefined, ""]);
});

Deno.test("createPipelineExecutor() supposes a lack of memory when somebody else killed the program", async () => {
  const { message } = await failTask(makeTask("shell", { script: "kill -KILL $$" }));
  assert.equal(message, 'Stage "shell" was ended by SIGKILL, perhaps because the machine ran out of memory');
});

const RESULTS = [
  { name: "malformed", stdout: ['{"absurd":"result","result":{'], message: /it is not JSON/ },
  { name: "a list", stdout: ['{"absurd":"result","result":[1]}'], message: /it is not a JSON object/ },
  { name: "absent from its message", stdout: ['{"absurd":"result"}'], message: /it has no key "result"/ },
  { name: "given twice", stdout: Array(2).fill('{"absurd":"result","result":{}}'), message: /more than one/ },
  {
    name: "too large",
    stdout: [`{"absurd":"result","result":{"x":"${"y".repeat(20_000)}"}}`],
    message: /and 10000 are allowed/,
  },
  {
    name: "in the middle of a line",
    stdout: ['...{"absurd":"result","result":{"x":1}}'],
    message: /it does not stand on a line of its own/,
  },
  {
    name: "an error",
    stdout: ['{"absurd":"result","result":{"status":"error","message":"no antennas"}}'],
    message: /^no antennas$/,
  },
];

for (const { name, stdout, message } of RESULTS) {
  Deno.test(`createPipelineExecutor() fails with reason result when the result is ${name}`, async () => {
    const failure = await failTask(makeTask("speak", { stdout }));
    assert.equal(failure.reason, "result");
    assert.match(failure.message, message);
  });
}

Deno.test("createPipelineExecutor() returns null when a program ends well without a result", async () => {
  const { result, report } = await runTask(
    makeTask("speak", { stdout: ["just", '{"absurd":"of a later version"}'] }),
  );
  assert.equal(result, null);
  assert.equal(report.logTail, 'just\n{"absurd":"of a later version"}\n');
});

Deno.test("createPipelineExecutor() takes a result that is quoted in the log for log", async () => {
  const message = '{"absurd":"result","result":{"x":1}}';
  const { result } = await runTask(makeTask("speak", { stdout: [`will say ${message}`, message] }));
  assert.deepEqual(result, { x: 1 });
});

Deno.test("createPipelineExecutor() does not count a result when the program fails after it", async () => {
  const stdout = ['{"absurd":"result","result":{"done":true}}'];
  const failure = await failTask(makeTask("speak", { stdout, code: 1, stderr: ["cannot close"] }));
  assert.equal(failure.message, "cannot close");
});

Deno.test("createPipelineExecutor() keeps the first and the last part of a long log", async () => {
  const { report } = await runTask(makeTask("speak", { stdout: ["out"], stderr: ["err\0"], rounds: 5000 }));
  const log = report.logTail ?? "";
  assert.match(log, /^(out\n|err\ufffd\n)+\[log cut here: \d+ characters\]\n/);
  assert(log.length < 2100 && log.length > 1900, `${log.length}`);
  assert(log.endsWith("\n") && !log.includes("\0"));
});

Deno.test("createPipelineExecutor() fails without permanence when no stage has the task's name", async () => {
  const failure = await failTask(makeTask("toString"));
  assert.deepEqual([failure.reason, failure.permanent], ["unknown_task", false]);
});

Deno.test("createPipelineExecutor() says what is missing when program or module are not there", async () => {
  const absent = await failTask(makeTask("absent"));
  assert.equal(absent.message, 'Program "no-such-program" is not installed on this machine');
  const lost = await failTask(makeTask("lost_module"));
  assert.match(lost.message, /^Module ".*no_such_module\.ts" cannot be loaded: Module not found/);
});

Deno.test("createPipelineExecutor() tells a mistake in the syntax of a module, and where it is", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/main.ts`, 'import "./helper.ts";\n');
  await Deno.writeTextFile(`${folder.path}/helper.ts`, "const a = 1;\nconst b = ;\n");
  const manifest = `${folder.path}/absurd.json`;
  await Deno.writeTextFile(manifest, JSON.stringify({ stages: { main: { module: "main.ts" } } }));
  const { message } = await failTask(makeTask("main"), { manifest });
  assert.equal(
    message,
    `Module "${folder.path}/main.ts" cannot be loaded: SyntaxError: Expression expected, ` +
      `at file://${folder.path}/helper.ts:2:11`,
  );
});

Deno.test("createPipelineExecutor() ends a stage when its time is over", async () => {
  const task = makeTask("save", { seconds: 60 }, { timeoutSec: 1 });
  const { failure, report } = await runTask(task);
  assert.deepEqual([failure?.reason, failure?.permanent], ["timeout", false]);
  assert.equal(failure?.message, 'Stage "save" ran longer than its 1 s and was ended');
  assert((report.durationMs ?? Infinity) < 10_000);
});

Deno.test("createPipelineExecutor() returns what a stage finished within the grace period", async () => {
  const abort = new AbortController();
  const task = makeTask("save", { seconds: 0.5, finish: true });
  const onProgress = () => abort.abort("shutdown");
  const { result } = await runTask(task, { signal: abort.signal, onProgress, gracePeriodSec: 10 });
  assert.match(String(result?.path), /product\.txt$/);
});

for (const reason of ["cancelled", "lost", "shutdown"]) {
  Deno.test(`createPipelineExecutor() ends a stage when its attempt is ${reason}`, async () => {
    const abort = new AbortController();
    const onProgress = () => abort.abort(reason);
    const failure = await failTask(makeTask("save", { seconds: 60 }), { signal: abort.signal, onProgress });
    assert.equal(failure.reason, reason === "lost" ? "lost" : "signal");
    assert.match(failure.message, /^Stage "save" was ended, because its /);
  });
}

Deno.test("createPipelineExecutor() starts nothing when the attempt is over before it began", async () => {
  const { failure, progress } = await runTask(makeTask("save"), { signal: AbortSignal.abort("cancelled") });
  assert.match(failure?.message ?? "", /its task was cancelled/);
  assert.deepEqual(progress, []);
});

Deno.test("createPipelineExecutor() kills a stage that takes too much memory", async () => {
  const { failure, report } = await runTask(makeTask("hog"));
  assert.equal(failure?.reason, "memory");
  assert.equal(failure.message, 'Stage "hog" used more memory than its limit of 300 MB and was killed');
  assert((report.peakMemoryBytes ?? 0) > 300e6);
});

Deno.test("createPipelineExecutor() refuses a folder that another attempt has used", async () => {
  await using folder = await temporaryFolder();
  const task = makeTask("save");
  const { result } = await runTask(task, { workDir: folder.path });
  assert(result);
  const failure = await failTask(task, { workDir: folder.path });
  assert.match(failure.message, /^Work folder ".*" exists already$/);
});

Deno.test("executePipelineTask() takes manifest and work folder from the environment", async () => {
  await using folder = await temporaryFolder();
  const { stdout, stderr } = await runDeno(["tests/fixtures/stages/pipeline.ts", "save", "{}"], {
    env: { ABSURD_STAGES: FIXTURES, ABSURD_WORK_DIR: folder.path },
  });
  const workDir = `${folder.path}/single/1`;
  assert.equal(stdout.trim(), `{"path":"${workDir}/product.txt"} ${workDir}`, stderr);
});

Deno.test("executePipelineTask() names the mistake when the environment's manifest has one", async () => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await runDeno(["tests/fixtures/stages/pipeline.ts", "save", "{}"], {
    env: { ABSURD_STAGES: `${folder.path}/none.json`, ABSURD_WORK_DIR: folder.path },
  });
  assert.equal(code, 1);
  assert.match(stderr, /ManifestError: Manifest ".*none\.json" does not exist/);
});

Deno.test("createPipelineExecutor() records processor time and memory, and gives way when the stage is told to", async () => {
  const script = "nice; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
  const { report, failure } = await runTask(makeTask("polite", { script }));
  assert.equal(failure, undefined);
  assert.equal(report.logTail, "7\n");
  assert((report.cpuMs ?? 0) > 0, `${report.cpuMs}`);
  assert((report.peakMemoryBytes ?? 0) > 0, `${report.peakMemoryBytes}`);
});

Deno.test("createPipelineExecutor() takes secret parameters out of log, progress, flags and errors", async () => {
  const token = "a-very-secret/token";
  const run = await runTask(makeTask("secretive", {
    token,
    stdout: [`token=${token}`, `{"absurd":"progress","fraction":0.5,"message":"with ${token}"}`],
    stderr: [`refused ${token}`],
    code: 1,
  }));
  assert.equal(run.failure?.message, "refused [secret]");
  assert.match(run.report.logTail ?? "", /token=\[secret\]/);
  assert.equal(run.progress[0].message, "with [secret]");
  assert(run.report.flags?.some((flag) => flag.endsWith("/[secret]")), `${run.report.flags}`);
  assert(!JSON.stringify(run).includes(token));
});
