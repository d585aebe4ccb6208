/**
 * Applies a calibration table to a visset.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { gainIndex, type GainTable } from "./gain_table.ts";
import { createBlock, readVisset, type VisibilityBlock, type VissetMeta, writeVisset } from "./visset.ts";

/** What was done. */
export interface Application {
  /** Description of the calibrated visset. */
  meta: VissetMeta;
  /** True when the table was solved from this very scan, so that only channels it has not seen are handed on. */
  heldOut: boolean;
  /** Antennas of the visset for which the table has no gain in any polarization. */
  antennasWithoutGains: string[];
  /** Fraction of the handed-on samples that are flagged. */
  flaggedFraction: number;
}

/**
 * Divides visibilities by the gains of their antennas, V_ij / (g_i conj(g_j)), and multiplies weights by
 * |g_i g_j|^2, which keeps them proportional to 1 / variance. Samples without gains are flagged.
 *
 * When target and calibrator are the same scan, only channels that were not used to solve are handed on: those that
 * were would give back the model by construction, whatever the gains are worth.
 *
 * @param input A visset, with its description.
 * @param table The gains.
 * @param folder Where the calibrated visset shall stand.
 * @throws {BadInput} when table and visset do not belong together.
 */
export function applyGains(
  input: { folder: string; meta: VissetMeta },
  table: GainTable,
  folder: string,
): Application {
  const { meta } = input;
  const heldOut = isSameScan(meta, table);
  const positions = [...meta.channels.keys()].filter((k) => {
    return !(heldOut && table.solvedChannels.includes(meta.channels[k]));
  });
  if (positions.length === 0) {
    throw new BadInput(
      `All channels of field "${meta.phaseCentre.name}" were used to solve for the gains: ` +
        "calibrate from the uncalibrated visibility set, or from another scan",
    );
  }
  const lookup = matchTable(meta, table, positions);
  const output = {
    ...meta,
    frequenciesHz: positions.map((k) => meta.frequenciesHz[k]),
    channels: positions.map((k) => meta.channels[k]),
    unit: "Jy",
  };
  const counts = { kept: 0, flagged: 0 };
  const blocks = calibrateBlocks(readVisset(input.folder, meta), { meta, output, positions, lookup, counts });
  const written = writeVisset(folder, output, blocks);
  if (counts.flagged === counts.kept) {
    throw new BadInput(
      "The calibration table has no gains for any of these data: solve on a stronger calibrator",
    );
  }
  return {
    meta: written,
    heldOut,
    antennasWithoutGains: meta.antennas.map(({ name }) => name).filter((name) => !hasGains(table, name)),
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

/** Gains in the visset's own order: polarization, handed-on channel, antenna; pairs of real and imaginary part. */
function matchTable(meta: VissetMeta, table: GainTable, positions: number[]): Float64Array {
  const antennas = meta.antennas.map(({ name }) => table.antennas.indexOf(name));
  if (table.telescope !== meta.telescope || antennas.every((k) => k < 0)) {
    throw new BadInput(
      `The calibration table is of ${table.telescope} and has no gains for the antennas of ${meta.telescope}: ` +
        "use a table of the same array",
    );
  }
  const lookup = new Float64Array(2 * meta.polarizations.length * positions.length * antennas.length);
  let to = 0;
  for (const name of meta.polarizations) {
    const polarization = matchPolarization(table, name);
    for (const position of positions) {
      const from = gainIndex(table, polarization, matchChannel(table, meta.frequenciesHz[position]));
      for (const k of antennas) {
        if (k >= 0) lookup.set(table.gains.subarray(from + 2 * k, from + 2 * k + 2), to);
        to += 2;
      }
    }
  }
  return lookup;
}

function matchPolarization(table: GainTable, name: string): number {
  const polarization = table.polarizations.indexOf(name);
  if (polarization >= 0) return polarization;
  throw new BadInput(
    `The calibration table has gains for ${table.polarizations.join(" and ")} but not for ${name}: ` +
      "use a calibrator that was observed with the same polarizations",
  );
}

function matchChannel(table: GainTable, frequencyHz: number): number {
  const channel = table.frequenciesHz.findIndex((centre) => {
    return Math.abs(centre - frequencyHz) <= table.channelWidthHz / 2;
  });
  if (channel >= 0) return channel;
  throw new BadInput(
    `The calibration table has no gains at ${(frequencyHz / 1e6).toFixed(3)} MHz: ` +
      "use a calibrator that was observed in the same sub-band",
  );
}

interface BlockContext {
  meta: VissetMeta;
  output: Omit<VissetMeta, "rowCount">;
  positions: number[];
  lookup: Float64Array;
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
      for (let k = 0; k < positions.length; k++) {
        for (let p = 0; p < polarizationCount; p++) {
          const from = (row * channelCount + positions[k]) * polarizationCount + p;
          calibrateSample(
            block,
            from,
            result,
            to++,
            baselineGain(context, block, row, p * positions.length + k),
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
  context: BlockContext,
  block: VisibilityBlock,
  row: number,
  solution: number,
): Float64Array {
  const { lookup } = context;
  const first = solution * context.meta.antennas.length;
  const [i, j] = [2 * (first + block.antenna1[row]), 2 * (first + block.antenna2[row])];
  PAIR[0] = lookup[i] * lookup[j] + lookup[i + 1] * lookup[j + 1];
  PAIR[1] = lookup[i + 1] * lookup[j] - lookup[i] * lookup[j + 1];
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
