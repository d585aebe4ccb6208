/**
 * `deno task demo -- --night N`: a night in small. A calibrator scan and a target scan of N sub-bands, in DSA-110's own
 * layout, go through the queue: a chain a sub-band, two workers, one of which is killed at a random moment. At the end
 * the catalogue is compared with the truth, and the products are counted.
 *
 * @module
 */

import {
  type AbsurdClient,
  AbsurdError,
  CALIBRATOR_CHAIN,
  type Chain,
  type JsonObject,
  type Task,
} from "@dsa110/absurd";
import type { CliContext } from "../../cli/context.ts";
import { ExitCode } from "../../cli/errors.ts";
import { printFields, printHeading } from "../../cli/output.ts";
import { type Database, openDatabase } from "../../lib/database.ts";
import type { TrueSource } from "../stages/lib/simulation/simulate.ts";
import { compareWithTruth, meetsTruth } from "../stages/lib/simulation/truth.ts";
import { separationArcsec } from "../stages/lib/wcs.ts";
import { countProducts } from "./products.ts";
import { printTruth, type Source } from "./tables.ts";
import { killOne, startWorker, stopWorkers } from "./workers.ts";

/** From a file of the target to the catalogue, with the gains of the calibrator. */
const NIGHT_CHAIN: Chain = {
  name: "night",
  steps: ["convert_uvh5", "apply_calibration", "image", "extract", "catalog"].map((task) => ({
    name: task,
    task,
  })),
};
const CALIBRATOR_JY = 6;
const TOLERANCE = { flux: 0.03, positionArcsec: 0.3 };
/** Sources further from the field's middle than this are of other observations in the same catalogue, in arcseconds. */
const FIELD_ARCSEC = 3600;
/** A killed worker is noticed within seconds. */
const QUICK = { ABSURD_HEARTBEAT_INTERVAL: "1", ABSURD_LEASE: "8", ABSURD_GRACE_PERIOD: "1" };

/** What a night needs. */
export interface NightOptions {
  /** Number of sub-bands. */
  readonly subBands: number;
  /** URL of the database. */
  readonly databaseUrl: string;
  /** Environment of the workers. */
  readonly env: Record<string, string>;
  /** Queue to use. */
  readonly queueName: string;
}

/** Runs the night; returns the exit code. */
export async function runNight(
  context: CliContext,
  client: AbsurdClient,
  options: NightOptions,
): Promise<number> {
  const { subBands, queueName, env } = options;
  const { signal } = context;
  const say = (line: string) => context.stderr.write(`${line}\n`);
  await client.installSchema({ with: ["sky"] });
  const workers = [1, 2].map(() => startWorker({ ...env, ...QUICK }));
  try {
    const [calibrator, target] = await simulateScans(client, subBands, signal);
    say(
      `${subBands} sub-bands of a calibrator and of a target with ${target.sources.length} sources; two workers`,
    );
    const known = { model: calibrator.sources };
    const solved = await runAll(
      client,
      CALIBRATOR_CHAIN,
      calibrator.files.map((input) => ({ input, ...known })),
      signal,
    );
    say("The gains are there. Now the target; at some moment one of the workers is killed");
    // Early enough that images are still to be made, which take longest.
    const completed = 2 + subBands * CALIBRATOR_CHAIN.steps.length + Math.floor(2 * subBands * Math.random());
    const end = new AbortController();
    const killing = killOne(client, workers, {
      queueName,
      completed,
      signal: AbortSignal.any([signal, end.signal]),
    });
    const params = target.files.map((input, k) => ({ input, table: resultOf(solved[k], "calibrate").table }));
    const made = await runAll(client, NIGHT_CHAIN, params, signal);
    end.abort();
    const kill = await killing;
    if (kill === null) {
      throw new AbsurdError("All was done before a worker could be killed", { hint: "Run the night again" });
    }
    say(`Worker ${kill.pid} was killed in the middle of ${kill.steps.join(" and ")}\n`);
    return await judge(context, options, { tasks: [...solved, ...made].flat(), truth: target });
  } finally {
    await stopWorkers(workers);
  }
}

/** A simulated scan. */
interface Scan {
  readonly files: string[];
  /** Sources as `truth.json` lists them. */
  readonly sources: JsonObject[];
}

/** Two scans through the same gains: the calibrator, and half an hour later the target. */
async function simulateScans(client: AbsurdClient, subBands: number, signal: AbortSignal): Promise<Scan[]> {
  const common = { native: true, "sub_bands": subBands, "jitter_sec": 0.2, "dead_antennas": 1 };
  const scans = [
    { ...common, seed: 1, start: "2026-03-01T07:30:00Z", "calibrator_flux_jy": CALIBRATOR_JY },
    { ...common, seed: 2, start: "2026-03-01T08:00:00Z" },
  ];
  return await Promise.all(scans.map(async (params) => {
    const task = await client.waitForTask(await client.spawn("simulate", params), { signal });
    const { files, truth } = task.result as { files: string[]; truth: string };
    return { files, sources: JSON.parse(await Deno.readTextFile(truth)).sources };
  }));
}

/** Runs a chain once for each of several parameters; returns the tasks of each. */
async function runAll(
  client: AbsurdClient,
  chain: Chain,
  params: readonly JsonObject[],
  signal: AbortSignal,
): Promise<Task[][]> {
  return await Promise.all(params.map(async (each) => {
    const { workflowId } = await client.spawnChain(chain, each);
    const { status, steps } = await client.waitForWorkflow(workflowId, { signal });
    if (status !== "completed") {
      throw new AbsurdError(`Workflow ${workflowId} is ${status}`, {
        hint: "Run the demo with --keep, and absurd workflow show",
      });
    }
    return await Promise.all(steps.map(async ({ taskId }) => (await client.getTask(taskId))!));
  }));
}

function resultOf(tasks: readonly Task[], step: string): JsonObject {
  return tasks.find(({ stepName }) => stepName === step)!.result as JsonObject;
}

/** Compares catalogue and products with what they should be, says so, and returns the exit code. */
async function judge(
  context: CliContext,
  { subBands, databaseUrl }: NightOptions,
  { tasks, truth }: { tasks: readonly Task[]; truth: Scan },
): Promise<number> {
  const expected = truth.sources.map(toTrueSource);
  await using database = openDatabase({ url: databaseUrl });
  const catalogue = await database.call<Source>("sky.list_sources", { limit: 1000 });
  const inField = catalogue.filter(({ ra_deg, dec_deg }) => {
    return separationArcsec({ raDeg: ra_deg, decDeg: dec_deg }, expected[0]) < FIELD_ARCSEC;
  });
  const found = await Promise.all(inField.map((source) => countTonight(database, source, tasks)));
  await printTruth(context, found, expected);
  const isTrue = meetsTruth(compareWithTruth(found, expected), TOLERANCE) &&
    found.every(({ detection_count }) => detection_count === subBands);
  const { present, missing, twice } = await countProducts(tasks);
  const isOnce = missing.length === 0 && twice.length === 0;
  const attempts = tasks.reduce((sum, task) => sum + task.attempt, 0);
  printHeading(context, "Verdict");
  printFields(context, [
    ["catalogue", isTrue ? "equals the truth" : "DIFFERS from the truth"],
    ["tasks", `${tasks.length} completed, ${attempts - tasks.length} of their attempts were lost`],
    ["products", isOnce ? `${present}, each there once` : `missing: ${missing}; twice: ${twice}`],
  ]);
  return isTrue && isOnce ? ExitCode.done : ExitCode.failed;
}

function toTrueSource(source: JsonObject): TrueSource {
  return { raDeg: Number(source.ra_deg), decDeg: Number(source.dec_deg), fluxJy: Number(source.flux_jy) };
}

/** A source with the number of its detections in images of this night; an earlier one may have left others. */
async function countTonight(database: Database, source: Source, tasks: readonly Task[]): Promise<Source> {
  const images = tasks.flatMap(({ stepName, result }) => {
    return stepName === "image" ? [(result as JsonObject).fits] : [];
  });
  const curve = await database.call<{ image: string }>("sky.light_curve", { "source_id": source.source_id });
  const tonight = curve.filter(({ image }) => images.includes(image));
  return { ...source, "detection_count": tonight.length };
}
