/**
 * `deno task demo`: the standard chain on a real, uncalibrated VLA scan, on a PostgreSQL server of its own.
 *
 * `--keep` leaves the server running, so that `absurd status` and the like can look at what happened.
 *
 * @module
 */

import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AbsurdClient, AbsurdConfig, STANDARD_PIPELINE_CHAIN, type Workflow } from "@dsa110/absurd";
import { startPostgres, stopPostgres } from "@dsa110/absurd/postgres";
import {
  AbsurdWorker,
  createPipelineExecutor,
  defaultManifestPath,
  loadManifest,
  manifestSettings,
} from "@dsa110/absurd/worker";
import { openDatabase } from "../lib/database.ts";
import { Progress } from "./demo/progress.ts";
import { printCatalogue, printTasks, type Source } from "./demo/tables.ts";

const SCAN = resolve(import.meta.dirname!, "stages/data/vla_j1008+0730_raw.uvh5");

const { values: flags } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
Deno.exitCode = await demo(flags.keep);

/** Runs everything; returns the exit code. */
async function demo(keep: boolean): Promise<number> {
  // In the temporary folder, because PostgreSQL refuses to run as root, and another user cannot look into root's home.
  const directory = join(tmpdir(), `absurd-demo-${userInfo().uid}`);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  Deno.addSignalListener("SIGINT", interrupt);
  console.log("Starting PostgreSQL …");
  const server = await startPostgres(directory, { signal: stop.signal });
  try {
    const workflow = await runChain(server.url, stop.signal);
    return await showResults(server.url, workflow);
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
    if (server.started && !keep) await stopPostgres(directory);
    else console.log(`\nThe server is running: export ABSURD_DATABASE_URL=embedded:${directory}`);
  }
}

/** Installs the schema, spawns the chain, and runs a worker until nothing is left to do. */
async function runChain(databaseUrl: string, signal: AbortSignal): Promise<Workflow> {
  const config = AbsurdConfig.fromEnv({
    ABSURD_WORK_DIR: resolve(import.meta.dirname!, "../absurd-work"),
    ...Deno.env.toObject(),
    ABSURD_ENABLED: "true",
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_QUEUE_NAME: "demo",
  });
  await using client = await new AbsurdClient({ databaseUrl, queueName: config.queueName }).connect();
  await client.installSchema({ with: ["sky"] });
  const chain = await client.spawnChain(STANDARD_PIPELINE_CHAIN, { input: SCAN, model_flux_jy: 1 });
  console.log(`Chain standard on ${SCAN}\n`);

  const manifest = await loadManifest(defaultManifestPath());
  const progress = new Progress(Object.entries(chain.taskIds));
  const worker = new AbsurdWorker(config, createPipelineExecutor(manifest, config), {
    settings: manifestSettings(manifest),
    drain: true,
    onEvent: (event) => progress.show(event),
  });
  await worker.run({ signal });
  progress.stop();
  return (await client.getWorkflow(chain.workflowId))!;
}

/** Prints the tasks and, where the chain completed, its products; returns the exit code. */
async function showResults(databaseUrl: string, workflow: Workflow): Promise<number> {
  printTasks(workflow.steps);
  if (workflow.status !== "completed") {
    console.error(`The chain ${workflow.status}; errors are in the table above.`);
    return 3;
  }
  const image = workflow.steps.find((step) => step.stepName === "image")!.result as {
    fits: string;
    png: string;
  };
  console.log(`Picture  ${image.png}\nImage    ${image.fits}\n`);
  await using database = openDatabase({ url: databaseUrl });
  printCatalogue(await database.call<Source>("sky.list_sources"));
  return 0;
}
