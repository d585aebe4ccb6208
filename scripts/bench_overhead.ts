// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * What running a stage costs beyond the stage itself (`deno task bench:overhead`, ROUNDS as argument, 40 by default):
 * the same module is run by the bare command line that the executor makes of it, and by the executor, in turns. Prints
 * the medians, their difference and their ratio; only the last two mean anything on a machine that others use, too.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { createPipelineExecutor } from "../lib/stage/executor.ts";
import { loadManifest } from "../lib/stage/manifest.ts";
import type { AttemptReport, ClaimedTask } from "../lib/task.ts";

const MANIFEST = fileURLToPath(new URL("../tests/fixtures/stages/absurd.json", import.meta.url));
const ROUNDS = Number(Deno.args[0] ?? 40);
/** Not counted: caches are filled, launchers found. */
const WARM_UP = 3;

const workDir = await Deno.makeTempDir({ prefix: "absurd-overhead-" });
const manifest = await loadManifest(MANIFEST);
const stage = manifest.stages.echo;
const executor = createPipelineExecutor(manifest, { workDir });

function makeTask(): ClaimedTask {
  return {
    taskId: crypto.randomUUID(),
    taskName: "echo",
    queueName: "bench",
    attempt: 1,
    params: {},
    inputs: {},
    workflowId: null,
    stepName: null,
    failures: 0,
    maxRetries: 0,
    timeoutSec: 60,
  };
}

/** Runs the stage as a worker does; returns the flags that it got. */
async function runByExecutor(): Promise<string[]> {
  const report: AttemptReport = {};
  await executor(makeTask(), {
    signal: new AbortController().signal,
    progress() {},
    report: (more) => void Object.assign(report, more),
  });
  return report.flags ?? [];
}

/** Runs the same module under the same flags, and nothing else. */
async function runBare(flags: readonly string[]): Promise<void> {
  if (!("module" in stage.program)) throw new Error("The stage is no module");
  const config = fileURLToPath(new URL("../deno.json", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `--config=${config}`, "--frozen", stage.program.module],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("{}"));
  await writer.close();
  const { success } = await child.output();
  if (!success) throw new Error("The stage failed");
}

async function measure(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

try {
  const flags = await runByExecutor();
  const bare: number[] = [];
  const whole: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const [alone, run] = [await measure(() => runBare(flags)), await measure(runByExecutor)];
    if (round < 0) continue;
    bare.push(alone);
    whole.push(run);
  }
  const [alone, run] = [median(bare), median(whole)];
  console.log(`bare \`deno run\`: ${alone.toFixed(1)} ms; as a stage: ${run.toFixed(1)} ms`);
  // In pairs, so that a change of the machine's speed in the middle of the run does not count.
  const more = median(whole.map((value, round) => value - bare[round]));
  console.log(`overhead: ${more.toFixed(1)} ms, ${(run / alone).toFixed(2)} times`);
} finally {
  await Deno.remove(workDir, { recursive: true });
}
