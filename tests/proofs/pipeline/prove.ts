/**
 * What the reference pipeline must reach, one claim after the other, each with what was measured.
 *
 * @module
 */

import type { SimulationOptions } from "../../../scripts/stages/lib/simulation/simulate.ts";
import { checkPrograms } from "../../../lib/stage/check.ts";
import { loadManifest } from "../../../lib/stage/manifest.ts";
import { EXTERNAL_STAGES, withFolder } from "../../stages/_chain.ts";
import { measureJet } from "./jet.ts";
import { runSky, type SkyRun } from "./skies.ts";
import {
  meetsTruth,
  type Tolerance,
  worstFluxError,
  worstPull,
  worstSeparation,
} from "../../../scripts/stages/lib/simulation/truth.ts";

/** How much to do. */
export interface ProofSize {
  /** Number of small skies. */
  skies: number;
  /** Seed of the first; the others follow. */
  seed: number;
}

/** Flux densities agree with the truth within so many of the uncertainties that are given for them. */
const MOST_SIGMA = 5;
/** What a step may take. */
const MOST_MEGABYTES = 500;

type Print = (line: string) => void;

const SMALL: Tolerance = { flux: 0.03, positionArcsec: 0.3 };
const LARGE: Tolerance = { flux: 0.01, positionArcsec: 0.2 };
/** wsclean knows where a source is to the pixel grid's precision, and source-extractor's threshold is its own. */
const EXTERNAL: Tolerance = { flux: 0.02, positionArcsec: 0.2 };
const LARGE_SKY: Partial<SimulationOptions> = { antennas: 96, channels: 48, integrations: 6, sources: 8 };
const NATIVE_GROUP: Partial<SimulationOptions> = {
  native: true,
  subBands: 4,
  jitterSec: 0.2,
  deadAntennas: 2,
};

/** Runs everything and prints tables; returns whether all claims hold. */
export async function proveAll({ skies, seed }: ProofSize, print: Print): Promise<boolean> {
  const verdicts: boolean[] = [];
  print(
    `${skies} skies of 40 antennas, 8 channels, 3 integrations: flux within 3 %, position within 0.3 arcsec`,
  );
  print(SKY_HEAD);
  for (let k = 0; k < skies; k++) verdicts.push(await proveSky({ seed: seed + k }, SMALL, print));
  print("\n96 antennas, 48 channels, 6 integrations, 8 sources: flux within 1 %, position within 0.2 arcsec");
  print(SKY_HEAD);
  verdicts.push(await proveSky({ ...LARGE_SKY, seed }, LARGE, print));
  verdicts.push(await proveExternal(seed, print));
  print("\n32 degrees away from the zenith, where the sky is no plane to the array");
  print(SKY_HEAD);
  verdicts.push(await proveSky({ decDeg: 5, seed }, SMALL, print));
  print("\nThe telescope's own layout: 4 sub-bands, jittered clocks, 2 dead antennas");
  print(SKY_HEAD);
  verdicts.push(await proveSky({ ...NATIVE_GROUP, seed }, SMALL, print));
  verdicts.push(await proveJet(print));
  const holds = verdicts.every((verdict) => verdict);
  print(
    `\n${holds ? "ok" : "FAILED"}: ${
      verdicts.filter((verdict) => verdict).length
    } of ${verdicts.length} claims hold`,
  );
  return holds;
}

const SKY_HEAD =
  "seed  found  spurious  flux worst  (sigma)  position worst  (arcsec)  CLEAN      seconds  MB";

/** The same large sky by wsclean and its like; where they are not installed this counts only in CI. */
async function proveExternal(seed: number, print: Print): Promise<boolean> {
  print(
    "The same by wsclean, python3-casacore and source-extractor: flux within 2 %, position within 0.2 arcsec",
  );
  const missing = await checkPrograms(await loadManifest(EXTERNAL_STAGES));
  if (missing.length === 0) return await proveSky({ ...LARGE_SKY, seed }, EXTERNAL, print, EXTERNAL_STAGES);
  print(`left out: ${missing.join("; ")}`);
  return Deno.env.get("CI") !== "true";
}

/** One sky; returns whether it meets the tolerance. */
async function proveSky(
  options: Partial<SimulationOptions>,
  tolerance: Tolerance,
  print: Print,
  stages?: string,
): Promise<boolean> {
  let run: SkyRun | undefined;
  await withFolder(async (folder) => {
    run = await runSky(folder, options, stages);
  });
  const { comparison, results, seconds, megabytes } = run!;
  // wsclean tells nothing of how it ended.
  const { converged } = (results.image.clean ?? { converged: null }) as { converged: boolean | null };
  const holds = meetsTruth(comparison, tolerance) && worstPull(comparison) <= MOST_SIGMA &&
    converged !== false && megabytes <= MOST_MEGABYTES;
  print([
    String(options.seed).padEnd(4),
    `${comparison.found}/${comparison.expected}`.padEnd(5),
    String(comparison.spurious).padEnd(8),
    `${(100 * worstFluxError(comparison)).toFixed(2)} %`.padStart(10),
    worstPull(comparison).toFixed(1).padStart(7),
    worstSeparation(comparison).toFixed(3).padStart(14),
    " ".repeat(8),
    (converged === null ? "-" : converged ? "converged" : "cut off").padEnd(9),
    seconds.toFixed(1).padStart(7),
    megabytes.toFixed(0).padStart(4),
    holds ? "" : "FAILED",
  ].join("  "));
  return holds;
}

async function proveJet(print: Print): Promise<boolean> {
  let holds = false;
  await withFolder(async (folder) => {
    const { westJy, eastJy, coreJy, positionAngleDeg } = await measureJet(folder);
    holds = westJy > 3 * Math.max(eastJy, 0) && positionAngleDeg > 270 && positionAngleDeg < 315;
    print(
      "\nReal VLBA data of M87: the jet points west-north-west, west more than 3 times as bright as east",
    );
    print(
      `core ${coreJy.toFixed(2)} Jy, west ${westJy.toFixed(3)} Jy, east ${eastJy.toFixed(3)} Jy, ` +
        `position angle ${positionAngleDeg.toFixed(0)} degrees${holds ? "" : "  FAILED"}`,
    );
  });
  return holds;
}
