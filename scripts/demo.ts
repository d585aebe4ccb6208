/**
 * `deno task demo`: the standard chain on a real, uncalibrated VLA scan, on a PostgreSQL server of its own.
 *
 * `--night N` runs a synthetic night of N sub-bands instead, with two workers of which one is killed.
 * `--keep` leaves the server running, so that `absurd status` and the like can look at what happened.
 *
 * @module
 */

import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AbsurdClient, AbsurdConfig, InvalidArgumentError, STANDARD_PIPELINE_CHAIN } from "@dsa110/absurd";
import { startPostgres, stopPostgres } from "@dsa110/absurd/postgres";
import {
  AbsurdWorker,
  createPipelineExecutor,
  defaultManifestPath,
  loadManifest,
  manifestSettings,
} from "@dsa110/absurd/worker";
import { type CliContext, forceOnSecondSignal, systemContext } from "../cli/context.ts";
import { printFields, printHeading } from "../cli/output.ts";
import { ExitCode, reportError } from "../cli/errors.ts";
import { viewSteps } from "../cli/progress.ts";
import { openDatabase } from "../lib/database.ts";
import { runNight } from "./demo/night.ts";
import { printCatalogue, printTasks, type Source } from "./demo/tables.ts";

const CHECKOUT = resolve(import.meta.dirname!, "..");
const SCAN = join(CHECKOUT, "scripts/stages/data/vla_j1008+0730_raw.uvh5");
// Not in the checkout: PostgreSQL refuses to run as root, and no other user can look into root's home.
const SCAN_FOLDER = join(tmpdir(), `absurd-demo-${Deno.uid()}`);
// Of its own, so that neither catalogue holds sources of the other.
const NIGHT_FOLDER = join(tmpdir(), `absurd-night-${Deno.uid()}`);

const { values: flags } = parseArgs({
  // `deno task demo -- --night 4` hands the dashes on.
  args: Deno.args.filter((arg) => arg !== "--"),
  options: { keep: { type: "boolean", default: false }, night: { type: "string" } },
});
const context = systemContext(forceOnSecondSignal(Deno.exit));
try {
  Deno.exitCode = await demo(context, flags);
} catch (error) {
  Deno.exitCode = await reportError(context, error, ExitCode.usage);
}

/** Runs everything; returns the exit code. */
async function demo(context: CliContext, { keep, night }: typeof flags): Promise<number> {
  const subBands = night === undefined ? null : readSubBands(night);
  const folder = subBands === null ? SCAN_FOLDER : NIGHT_FOLDER;
  context.stderr.write("Starting PostgreSQL …\n");
  const server = await startPostgres(folder, { signal: context.signal });
  try {
    const env = {
      ABSURD_WORK_DIR: join(CHECKOUT, "absurd-work"),
      ...context.env,
      ABSURD_ENABLED: "true",
      ABSURD_DATABASE_URL: server.url,
      // What an earlier night left does not count.
      ABSURD_QUEUE_NAME: subBands === null ? "demo" : `night-${crypto.randomUUID().slice(0, 8)}`,
    };
    const config = AbsurdConfig.fromEnv(env);
    await using client = await new AbsurdClient({ databaseUrl: server.url, queueName: config.queueName })
      .connect();
    if (subBands !== null) {
      return await runNight(context, client, {
        subBands,
        databaseUrl: server.url,
        env,
        queueName: config.queueName,
      });
    }
    const workflowId = await runChain(context, client, config);
    return await showResults(context, client, { workflowId, databaseUrl: server.url });
  } finally {
    if (server.started && !keep) await stopPostgres(folder);
    else context.stderr.write(`\nThe server runs on: export ABSURD_DATABASE_URL=embedded:${folder}\n`);
  }
}

function readSubBands(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 16) return count;
  throw new InvalidArgumentError(`--night ${text} is no number of sub-bands: give one from 1 to 16`);
}

/** Installs the schema, spawns the chain, and runs a worker until nothing is left to do; returns the workflow's id. */
async function runChain(context: CliContext, client: AbsurdClient, config: AbsurdConfig): Promise<string> {
  await client.installSchema({ with: ["sky"] });
  const params = { "input": SCAN, "model_flux_jy": 1 };
  const { workflowId } = await client.spawnChain(STANDARD_PIPELINE_CHAIN, params);
  context.stderr.write(`Chain standard on ${SCAN}\n\n`);

  const manifest = await loadManifest(defaultManifestPath());
  const settings = manifestSettings(manifest);
  const worker = new AbsurdWorker(config, createPipelineExecutor(manifest, config), {
    settings,
    drain: true,
  });
  using view = viewSteps(context);
  await Promise.all([
    worker.run({ signal: context.signal }),
    client.waitForWorkflow(workflowId, { signal: context.signal }, (workflow) => view.update(workflow.steps)),
  ]);
  return workflowId;
}

interface Outcome {
  readonly workflowId: string;
  readonly databaseUrl: string;
}

/** Prints the tasks and, where the chain completed, its products; returns the exit code. */
async function showResults(
  context: CliContext,
  client: AbsurdClient,
  { workflowId, databaseUrl }: Outcome,
): Promise<number> {
  const { status, steps } = (await client.getWorkflow(workflowId))!;
  const tasks = await Promise.all(steps.map(async ({ taskId }) => (await client.getTask(taskId))!));
  await printTasks(context, tasks);
  if (status !== "completed") {
    context.stderr.write(`\nThe chain is ${status}; the table says why\n`);
    return 3;
  }
  const resultOf = (step: string) => {
    return tasks.find(({ stepName }) => stepName === step)!.result as Record<string, string>;
  };
  const [{ png, fits }, calibration] = [resultOf("image"), resultOf("calibrate")];
  printHeading(context, "Products");
  printFields(context, [
    ["picture", png],
    ["image", fits],
    ["before and after", calibration.before_after],
    ["gains", calibration.gain_plot],
  ]);
  await using database = openDatabase({ url: databaseUrl });
  await printCatalogue(context, await database.call<Source>("sky.list_sources"));
  return 0;
}
