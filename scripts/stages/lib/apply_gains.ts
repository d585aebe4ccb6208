/**
 * Applies calibration tables to a visset.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { gainIndex, type GainTable } from "./gain_table.ts";
import { GainTrack } from "./gain_track.ts";
import { createBlock, readVisset, type VisibilityBlock, type VissetMeta, writeVisset } from "./visset.ts";

/** What was done. */
export interface Application {
  /** Description of the calibrated visset. */
  meta: VissetMeta;
  /** True when a table was solved from this very scan, so that only channels it has not seen are handed on. */
  heldOut: boolean;
  /** Antennas of the visset for which no table has a gain in any polarization. */
  antennasWithoutGains: string[];
  /** Fraction of the handed-on samples that are flagged. */
  flaggedFraction: number;
}

/**
 * Divides visibilities by the gains of their antennas, V_ij / (g_i conj(g_j)), and multiplies weights by
 * |g_i g_j|^2, which keeps them proportional to 1 / variance. Samples without gains are flagged. Between the times of
 * two tables gains are interpolated.
 *
 * When target and calibrator are the same scan, only channels that were not used to solve are handed on: those that
 * were would give back the model by construction, whatever the gains are worth.
 *
 * @param input A visset, with its description.
 * @param tables The gains; at least one table.
 * @param folder Where the calibrated visset shall stand.
 * @throws {BadInput} when tables and visset do not belong together.
 */
export function applyGains(
  input: { folder: string; meta: VissetMeta },
  tables: readonly GainTable[],
  folder: string,
): Application {
  const { meta } = input;
  const ofThisScan = tables.filter((table) => isSameScan(meta, table));
  const positions = [...meta.channels.keys()].filter((k) => {
    return !ofThisScan.some(({ solvedChannels }) => solvedChannels.includes(meta.channels[k]));
  });
  if (positions.length === 0) {
    throw new BadInput(
      `All channels of field "${meta.phaseCentre.name}" were used to solve for the gains: ` +
        "calibrate from the uncalibrated visibility set, or from another scan",
    );
  }
  const track = new GainTrack(meta, tables, positions);
  const output = {
    ...meta,
    frequenciesHz: positions.map((k) => meta.frequenciesHz[k]),
    channels: positions.map((k) => meta.channels[k]),
    unit: "Jy",
  };
  const counts = { kept: 0, flagged: 0 };
  const blocks = calibrateBlocks(readVisset(input.folder, meta), { meta, output, positions, track, counts });
  const written = writeVisset(folder, output, blocks);
  if (counts.flagged === counts.kept) {
    throw new BadInput(
      "The calibration tables have no gains for any of these data: solve on a stronger calibrator",
    );
  }
  return {
    meta: written,
    heldOut: ofThisScan.length > 0,
    antennasWithoutGains: meta.antennas.map(({ name }) => name).filter((name) => {
      return !tables.some((table) => hasGains(table, name));
    }),
    flaggedFraction: counts.flagged / counts.kept,
  };
}

/** What tells scans apart. */
export type ScanIdentity = Pick<VissetMeta, "telescope" | "startJd" | "endJd" | "frequenciesHz">;

/** True when two scans are of the same telescope, and overlap in time and frequency. */
export function isSameScan(a: ScanIdentity, b: ScanIdentity): boolean {
  const overlaps = (x: number[], y: number[]) => Math.max(x[0], y[0]) <= Math.min(x[1], y[1]);
  const band = (list: number[]) => [Math.min(...list), Math.max(...list)];
  return a.telescope === b.telescope &&
    overlaps([a.startJd, a.endJd], [b.startJd, b.endJd]) &&
    overlaps(band(a.frequenciesHz), band(b.frequenciesHz));
}

function hasGains(table: GainTable, antenna: string): boolean {
  const k = table.antennas.indexOf(antenna);
  if (k < 0) return false;
  return table.polarizations.some((_, p) => {
    const at = gainIndex(table, p, 0) + 2 * k;
    return table.gains[at] !== 0 || table.gains[at + 1] !== 0;
  });
}

interface BlockContext {
  meta: VissetMeta;
  output: Omit<VissetMeta, "rowCount">;
  positions: number[];
  track: GainTrack;
  counts: { kept: number; flagged: number };
}

function* calibrateBlocks(
  blocks: Iterable<VisibilityBlock>,
  context: BlockContext,
): Generator<VisibilityBlock> {
  const { meta, positions, output } = context;
  const [channelCount, polarizationCount] = [meta.frequenciesHz.length, meta.polarizations.length];
  let result: VisibilityBlock | undefined;
  for (const block of blocks) {
    result ??= createBlock(output, block.rowCount);
    result.rowCount = block.rowCount;
    for (const column of ["uvwM", "timeJd", "antenna1", "antenna2"] as const) {
      result[column].set(block[column]);
    }
    let to = 0;
    for (let row = 0; row < block.rowCount; row++) {
      const gains = context.track.at(block.timeJd[row]);
      for (let k = 0; k < positions.length; k++) {
        for (let p = 0; p < polarizationCount; p++) {
          const from = (row * channelCount + positions[k]) * polarizationCount + p;
          calibrateSample(
            block,
            from,
            result,
            to++,
            baselineGain(gains, context, block, row, p * positions.length + k),
          );
        }
      }
    }
    countFlags(result.weight.subarray(0, to), context.counts);
    yield result;
  }
}

/** g_i conj(g_j), as a pair that is overwritten by the next call. */
function baselineGain(
  gains: Float64Array,
  context: BlockContext,
  block: VisibilityBlock,
  row: number,
  solution: number,
): Float64Array {
  const first = solution * context.meta.antennas.length;
  const [i, j] = [2 * (first + block.antenna1[row]), 2 * (first + block.antenna2[row])];
  PAIR[0] = gains[i] * gains[j] + gains[i + 1] * gains[j + 1];
  PAIR[1] = gains[i + 1] * gains[j] - gains[i] * gains[j + 1];
  return PAIR;
}
const PAIR = new Float64Array(2);

function calibrateSample(
  block: VisibilityBlock,
  from: number,
  result: VisibilityBlock,
  to: number,
  gain: Float64Array,
): void {
  const norm = gain[0] ** 2 + gain[1] ** 2;
  const [real, imaginary] = [block.visibility[2 * from], block.visibility[2 * from + 1]];
  result.weight[to] = block.weight[from] * norm;
  result.visibility[2 * to] = norm > 0 ? (real * gain[0] + imaginary * gain[1]) / norm : 0;
  result.visibility[2 * to + 1] = norm > 0 ? (imaginary * gain[0] - real * gain[1]) / norm : 0;
}

function countFlags(weights: Float32Array, counts: BlockContext["counts"]): void {
  counts.kept += weights.length;
  for (const weight of weights) if (weight === 0) counts.flagged++;
}
