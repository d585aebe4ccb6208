/**
 * Synthetic skies through the stages: a calibrator scan, and a target scan that is calibrated by it.
 *
 * @module
 */

import { simulate, type SimulationOptions } from "../../../scripts/stages/lib/simulation/simulate.ts";
import type { JsonObject } from "../../../lib/task.ts";
import { runChain, runStage, type StageOutcome } from "../../stages/_chain.ts";
import {
  compareWithTruth,
  type Comparison,
  type FoundSource,
} from "../../../scripts/stages/lib/simulation/truth.ts";

/** Flux density of the calibrator, in Jy. */
const CALIBRATOR_JY = 6;
const STEPS = ["convert_uvh5", "calibrate", "image", "extract", "catalog"];

/** A sky that was processed. */
export interface SkyRun {
  /** How the catalogue compares with the truth. */
  comparison: Comparison;
  /** Wall time of the chain on the target, in seconds. */
  seconds: number;
  /** Wall time of each step, in seconds, and the most memory that a step took, in MB. */
  steps: Record<string, number>;
  /** The most memory that a step took, in MB. */
  megabytes: number;
  /** What the steps returned. */
  results: Record<string, JsonObject>;
}

/**
 * Simulates a sky and runs the chain `standard` on it, with gains from a scan of a calibrator half an hour before.
 *
 * @param folder Folder for files and products.
 * @param options The simulation; the calibrator scan has the same array and gains.
 * @param stages Manifest, if not that of the reference pipeline.
 */
export async function runSky(
  folder: string,
  options: Partial<SimulationOptions>,
  stages?: string,
): Promise<SkyRun> {
  const [calibrator, target] = [`${folder}/calibrator`, `${folder}/target`];
  await Promise.all([calibrator, target].map((path) => Deno.mkdir(path, { recursive: true })));
  const startMs = Date.UTC(2026, 2, 1, 7, 30);
  const known = await simulate(calibrator, {
    ...options,
    startMs,
    calibratorFluxJy: CALIBRATOR_JY,
    seed: (options.seed ?? 1) + 1_000_000,
  });
  const sky = await simulate(target, options);
  const [inputs, calibratorInputs] = [sky.files, known.files].map((files) => {
    return files.length === 1 ? files[0] : files;
  });
  const converted = await runStage(folder, "convert_uvh5", { params: { input: calibratorInputs }, stages });
  const startedAt = performance.now();
  const outcomes = await runChain(folder, STEPS, {
    stages,
    params: {
      input: inputs,
      calibrator: converted.result.visset ?? converted.result.ms,
      model: known.sources.map(({ raDeg, decDeg, fluxJy }) => ({
        "ra_deg": raDeg,
        "dec_deg": decDeg,
        "flux_jy": fluxJy,
      })),
    },
  });
  const rows = outcomes.catalog.result.rows as unknown as FoundSource[];
  return {
    comparison: compareWithTruth(rows, sky.sources),
    seconds: (performance.now() - startedAt) / 1000,
    ...describeSteps(outcomes),
  };
}

function describeSteps(
  outcomes: Record<string, StageOutcome>,
): Pick<SkyRun, "steps" | "megabytes" | "results"> {
  const entries = Object.entries(outcomes);
  return {
    steps: Object.fromEntries(entries.map(([name, { seconds }]) => [name, seconds])),
    megabytes: Math.max(...entries.map(([, { report }]) => (report.peakMemoryBytes ?? 0) / 1e6)),
    results: Object.fromEntries(entries.map(([name, { result }]) => [name, result])),
  };
}
