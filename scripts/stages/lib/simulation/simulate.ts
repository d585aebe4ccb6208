/**
 * Makes synthetic observations with known truth.
 *
 * One simulation is one scan: a file per sub-band, and `truth.json`, which lists the sources that are to be found.
 * Positions are in the frame of date: as if the Earth's axis stood still.
 *
 * @module
 */

import { greenwichSiderealTime } from "../sidereal_time.ts";
import { writeHdf5 } from "../hdf5_writer.ts";
import { writeProduct } from "../products.ts";
import { type AntennaArray, createArray, SITE } from "./array.ts";
import { type ArrayGains, drawGains, UNIT_GAINS } from "./gains.ts";
import { observe } from "./observe.ts";
import { createNormal, createRandom } from "./random.ts";
import { type Direction, drawSky, type SkySource } from "./sky.ts";
import { describeNativeUvh5, describeUvh5, type FileFacts } from "./uvh5_file.ts";

const DEG_PER_RAD = 180 / Math.PI;
const SECONDS_PER_DAY = 86_400;
const UNIX_EPOCH_JD = 2440587.5;
/** Lowest channel of sub-band 0, and what follows from DSA-110's correlator. */
const FIRST_HZ = 1.38e9;
const CHANNEL_WIDTH_HZ = 250e6 / 1024;
const INTEGRATION_SEC = 12.884902;
const TELESCOPE = "SIMULATED-T";

/** What to simulate. */
export interface SimulationOptions {
  /** Draws the sky and the noise. @default {1} */
  seed: number;
  /** Number of antennas. @default {40} */
  antennas: number;
  /** Channels per sub-band. @default {8} */
  channels: number;
  /** Number of integrations, of 12.9 s each. @default {3} */
  integrations: number;
  /** Number of sources. @default {6} */
  sources: number;
  /** Width of the square field that they lie in, in degrees. @default {0.4} */
  fieldDeg: number;
  /** Noise in the real and in the imaginary part of a sample, in Jy. @default {0.2} */
  noiseJy: number;
  /** Draws the gains; null for gains of one. @default {7} */
  gainSeed: number | null;
  /** Number of antennas that receive nothing. @default {0} */
  deadAntennas: number;
  /** Flux density of a single source at the phase centre instead of a sky: a calibrator scan. @default {null} */
  calibratorFluxJy: number | null;
  /** Number of sub-bands, each a file. @default {1} */
  subBands: number;
  /** Numbers of sub-bands that are not written. @default none */
  missingSubBands: readonly number[];
  /** True for DSA-110's own layout. @default {false} */
  native: boolean;
  /** Most that a time stamp is off, differently in each sub-band, in seconds; data and stamp agree. @default {0} */
  jitterSec: number;
  /** Start of the first integration, in milliseconds since 1970. @default 2026-03-01T08:00:00Z */
  startMs: number;
  /** Declination of the phase centre, in degrees. @default {37} */
  decDeg: number;
}

/** The values that are taken where nothing is said. */
export const DEFAULT_SIMULATION: SimulationOptions = {
  seed: 1,
  antennas: 40,
  channels: 8,
  integrations: 3,
  sources: 6,
  fieldDeg: 0.4,
  noiseJy: 0.2,
  gainSeed: 7,
  deadAntennas: 0,
  calibratorFluxJy: null,
  subBands: 1,
  missingSubBands: [],
  native: false,
  jitterSec: 0,
  startMs: Date.UTC(2026, 2, 1, 8),
  decDeg: 37,
};

/** What was made. */
export interface Simulation {
  /** Paths of the files, in order of frequency. */
  files: string[];
  /** Path of `truth.json`. */
  truth: string;
  /** The sources, the brightest first. */
  sources: TrueSource[];
}

/** A source as `truth.json` lists it. */
export interface TrueSource {
  /** Right ascension, in degrees, from 0 to 360. */
  raDeg: number;
  /** Declination, in degrees. */
  decDeg: number;
  /** Flux density, in Jy. */
  fluxJy: number;
}

/**
 * Simulates a scan.
 *
 * @param folder Where the files shall stand; it must exist.
 * @param options What differs from {@linkcode DEFAULT_SIMULATION}.
 * @param onFile Called before each file with its number, from 0.
 */
export async function simulate(
  folder: string,
  options: Partial<SimulationOptions> = {},
  onFile: (file: number) => void = () => {},
): Promise<Simulation> {
  const settings = { ...DEFAULT_SIMULATION, ...options };
  const random = createRandom(settings.seed);
  const scene = setScene(settings, random);
  const written = [...Array(settings.subBands).keys()].filter((k) => !settings.missingSubBands.includes(k));
  const files: string[] = [];
  for (const subBand of written) {
    onFile(files.length);
    const path = `${folder}/${fileName(settings, subBand)}`;
    await writeSubBand(path, subBand, { settings, scene, random });
    files.push(path);
  }
  const sources = scene.sources.map(toTrueSource).sort((a, b) => b.fluxJy - a.fluxJy);
  const truth = `${folder}/truth.json`;
  writeProduct(truth, describeTruth(settings, scene, sources));
  return { files, truth, sources };
}

interface Scene {
  array: AntennaArray;
  gains: ArrayGains;
  centre: Direction;
  sources: SkySource[];
}

function setScene(settings: SimulationOptions, random: () => number): Scene {
  const { antennas, gainSeed, deadAntennas, calibratorFluxJy, integrations } = settings;
  const middleJd = toJd(settings.startMs + integrations * INTEGRATION_SEC / 2 * 1000);
  const centre = { raRad: siderealTime(middleJd), decRad: settings.decDeg / DEG_PER_RAD };
  return {
    array: createArray(antennas),
    gains: gainSeed === null ? UNIT_GAINS : drawGains(antennas, { seed: gainSeed, dead: deadAntennas }),
    centre,
    sources: calibratorFluxJy !== null ? [{ ...centre, fluxJy: calibratorFluxJy }] : drawSky(random, {
      count: settings.sources,
      centre,
      halfWidthRad: settings.fieldDeg / 2 / DEG_PER_RAD,
    }),
  };
}

function toJd(unixMs: number): number {
  return unixMs / (1000 * SECONDS_PER_DAY) + UNIX_EPOCH_JD;
}

function siderealTime(julianDate: number): number {
  return (greenwichSiderealTime(julianDate) + SITE.longitudeDeg / DEG_PER_RAD) % (2 * Math.PI);
}

async function writeSubBand(
  path: string,
  subBand: number,
  { settings, scene, random }: { settings: SimulationOptions; scene: Scene; random: () => number },
): Promise<void> {
  const { channels, integrations, native, jitterSec } = settings;
  const timesJd = Array.from({ length: integrations }, (_, k) => {
    const offsetSec = (k + 0.5) * INTEGRATION_SEC + jitterSec * (2 * random() - 1);
    return toJd(settings.startMs + offsetSec * 1000);
  });
  const ascending = Array.from({ length: channels }, (_, k) => {
    return FIRST_HZ + (subBand * channels + k) * CHANNEL_WIDTH_HZ;
  });
  const facts: FileFacts = {
    array: scene.array,
    telescope: TELESCOPE,
    field: settings.calibratorFluxJy === null ? "sky" : "calibrator",
    timesJd,
    integrationSec: INTEGRATION_SEC,
    frequenciesHz: native ? ascending.reverse() : ascending,
    channelWidthHz: CHANNEL_WIDTH_HZ,
    centre: scene.centre,
  };
  const rows = observe({
    ...scene,
    frequenciesHz: facts.frequenciesHz,
    siderealTimes: timesJd.map(siderealTime),
    tracking: native ? "meridian" : "fixed",
    noiseJy: settings.noiseJy,
    normal: createNormal(random),
    autocorrelations: native,
  });
  await writeHdf5(path, native ? describeNativeUvh5(rows, facts) : describeUvh5(rows, facts));
}

/** As DSA-110 names its files; the present layout has the usual ending. */
function fileName(settings: SimulationOptions, subBand: number): string {
  const start = new Date(settings.startMs).toISOString().slice(0, 19);
  return `${start}_sb${String(subBand).padStart(2, "0")}.${settings.native ? "hdf5" : "uvh5"}`;
}

function toTrueSource({ raRad, decRad, fluxJy }: SkySource): TrueSource {
  return { raDeg: (raRad * DEG_PER_RAD % 360 + 360) % 360, decDeg: decRad * DEG_PER_RAD, fluxJy };
}

function describeTruth(settings: SimulationOptions, scene: Scene, sources: TrueSource[]): string {
  const truth = {
    frame: "apparent place of date",
    "phase_centre": {
      "ra_deg": toTrueSource({ ...scene.centre, fluxJy: 0 }).raDeg,
      "dec_deg": settings.decDeg,
    },
    "dead_antennas": scene.gains.dead.map((k) => `A${k}`),
    "noise_jy": settings.noiseJy,
    sources: sources.map(({ raDeg, decDeg, fluxJy }) => ({
      "ra_deg": raDeg,
      "dec_deg": decDeg,
      "flux_jy": fluxJy,
    })),
  };
  return JSON.stringify(truth, null, 1) + "\n";
}
