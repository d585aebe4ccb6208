/**
 * Calibration tables: the complex gain of each antenna, polarization and channel, kept as a folder.
 *
 * `meta.json` holds everything but the numbers; `gains.f64` holds little-endian float64 pairs (real, imaginary) in the
 * order polarization, channel, antenna. A gain of 0 means that there is none: samples that need it are flagged.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { writeProductFolder } from "./products.ts";

/** Which antenna was dropped, and in which polarization. */
export interface DroppedAntenna {
  /** Name of the antenna. */
  antenna: string;
  /** Name of the polarization. */
  polarization: string;
}

/** What `meta.json` of a calibration table holds. */
export interface GainTableMeta {
  /** Version of this layout. */
  version: 1;
  /** Telescope that observed. */
  telescope: string;
  /** Names of the antennas, in order. */
  antennas: string[];
  /** Names of the polarizations, in order. */
  polarizations: string[];
  /** Centre of each channel, in Hz. */
  frequenciesHz: number[];
  /** Width of each channel, in Hz. */
  channelWidthHz: number;
  /** Channels (numbers in the converted file) whose data were used to solve. */
  solvedChannels: number[];
  /** First integration of the calibrator scan, as a Julian date in UTC. */
  startJd: number;
  /** Last integration of the calibrator scan, as a Julian date in UTC. */
  endJd: number;
  /** Flux density that the calibrator was taken to have, in Jy. */
  modelFluxJy: number;
  /** Antenna whose phase is zero. */
  referenceAntenna: string;
  /** Number of solved channels that share one solution. */
  channelsPerSolution: number;
  /** Median over antennas of gain / uncertainty of the gain. */
  medianSnr: number;
  /** Most iterations that a solution took. */
  iterations: number;
  /**
   * Number of solutions, how many of them did not converge and were left out, and which fraction of the antennas' gains
   * in the others is flagged.
   */
  solutions: { total: number; unconverged: number; flaggedFraction: number };
  /** Antennas without a usable gain. */
  dropped: DroppedAntenna[];
}

/** A calibration table. */
export interface GainTable extends GainTableMeta {
  /** The gains; {@linkcode gainIndex} says where each stands. */
  gains: Float64Array;
}

/** Where the real part of a gain stands in `gains`; the imaginary part follows it. */
export function gainIndex(
  table: Pick<GainTableMeta, "antennas" | "frequenciesHz">,
  polarization: number,
  channel: number,
): number {
  return 2 * (polarization * table.frequenciesHz.length + channel) * table.antennas.length;
}

/** Writes a table, whole or not at all. */
export function writeGainTable(folder: string, table: GainTable): void {
  const { gains, ...meta } = table;
  writeProductFolder(folder, (partial) => {
    Deno.writeFileSync(
      `${partial}/gains.f64`,
      new Uint8Array(gains.buffer, gains.byteOffset, gains.byteLength),
    );
    Deno.writeTextFileSync(`${partial}/meta.json`, JSON.stringify(meta, null, 1) + "\n");
  });
}

/**
 * Reads a table.
 *
 * @throws {BadInput} when the folder is none, or is damaged.
 */
export function readGainTable(folder: string): GainTable {
  const files = readFiles(folder);
  if (files !== null && files.meta.version === 1 && Array.isArray(files.meta.solvedChannels)) {
    const table = { ...files.meta, gains: files.gains };
    const expected = gainIndex(table, table.polarizations.length, 0);
    if (table.gains.length === expected) return table;
    throw new BadInput(
      `Calibration table ${folder} is damaged: it has ${table.gains.length} numbers instead of ${expected}; ` +
        "run calibrate again",
    );
  }
  throw new BadInput(`${folder} is not a calibration table: name a folder that calibrate has made`);
}

function readFiles(folder: string): { meta: GainTableMeta; gains: Float64Array } | null {
  try {
    const meta = JSON.parse(Deno.readTextFileSync(`${folder}/meta.json`));
    const bytes = Deno.readFileSync(`${folder}/gains.f64`);
    return { meta, gains: new Float64Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 8)) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}
