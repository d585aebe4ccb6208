/**
 * Sums of a calibrator scan, compared with its model, over time, per polarization and channel: all that the solver needs to know of it.
 *
 * @module
 */

import { type ModelSource, predict } from "./sky_model.ts";
import { type BaselineSums, createBaselineSums } from "./stefcal.ts";
import type { VisibilityBlock, VissetMeta } from "./visset.ts";

/** Sums over the samples of a scan, with what tells their noise. */
export interface ScanSums extends BaselineSums {
  /** Sum of weight x |visibility|^2, per pair of antennas. */
  power: Float64Array;
  /** Number of samples. */
  sampleCount: number;
}

/** Makes empty sums. */
export function createScanSums(antennaCount: number): ScanSums {
  return { ...createBaselineSums(antennaCount), power: new Float64Array(antennaCount ** 2), sampleCount: 0 };
}

/**
 * Adds up a scan: for a visibility V of weight w and the model's visibility M, w V conj(M) with the weight w |M|^2. That
 * is what a source of 1 Jy at the phase centre would give, whatever the calibrator looks like.
 *
 * @param meta Description of the visset.
 * @param blocks Its rows.
 * @param channels Which channels to use, by position.
 * @param model What the calibrator looks like.
 * @returns Sums by polarization, then by position in `channels`.
 */
export function sumScan(
  meta: VissetMeta,
  blocks: Iterable<VisibilityBlock>,
  channels: readonly number[],
  model: readonly ModelSource[],
): ScanSums[][] {
  const [channelCount, polarizationCount] = [meta.frequenciesHz.length, meta.polarizations.length];
  const sums = meta.polarizations.map(() => channels.map(() => createScanSums(meta.antennas.length)));
  const expected = new Float64Array(2);
  for (const block of blocks) {
    for (let row = 0; row < block.rowCount; row++) {
      for (let k = 0; k < channels.length; k++) {
        predict(model, block.uvwM, row, meta.frequenciesHz[channels[k]], expected);
        const first = (row * channelCount + channels[k]) * polarizationCount;
        for (let p = 0; p < polarizationCount; p++) addSample(sums[p][k], block, row, first + p, expected);
      }
    }
  }
  return sums;
}

function addSample(
  sums: ScanSums,
  block: VisibilityBlock,
  row: number,
  sample: number,
  expected: Float64Array,
): void {
  const weight = block.weight[sample];
  if (weight === 0) return;
  const re = block.visibility[2 * sample];
  const im = block.visibility[2 * sample + 1];
  const real = weight * (re * expected[0] + im * expected[1]);
  const imaginary = weight * (im * expected[0] - re * expected[1]);
  const modelWeight = weight * (expected[0] * expected[0] + expected[1] * expected[1]);
  const forward = block.antenna1[row] * sums.antennaCount + block.antenna2[row];
  const backward = block.antenna2[row] * sums.antennaCount + block.antenna1[row];
  sums.real[forward] += real;
  sums.real[backward] += real;
  sums.imaginary[forward] += imaginary;
  sums.imaginary[backward] -= imaginary;
  sums.weight[forward] += modelWeight;
  sums.weight[backward] += modelWeight;
  sums.power[forward] += weight * (re * re + im * im);
  sums.sampleCount++;
}

/** Adds sums of several channels into one. */
export function mergeSums(parts: readonly ScanSums[]): ScanSums {
  const total = createScanSums(parts[0].antennaCount);
  for (const part of parts) {
    for (const key of ["real", "imaginary", "weight", "power"] as const) {
      part[key].forEach((value, cell) => total[key][cell] += value);
    }
    total.sampleCount += part.sampleCount;
  }
  return total;
}

/**
 * Variance of a sample of weight 1, from the scatter of the samples around the mean of their baseline.
 *
 * @returns 0 when no baseline has two samples.
 */
export function noiseVariance(sums: ScanSums): number {
  let [scatter, baselines] = [0, 0];
  sums.power.forEach((power, cell) => {
    if (power === 0) return;
    const explained = sums.weight[cell] === 0
      ? 0
      : (sums.real[cell] ** 2 + sums.imaginary[cell] ** 2) / sums.weight[cell];
    scatter += power - explained;
    baselines++;
  });
  const freedom = sums.sampleCount - baselines;
  return freedom > 0 ? Math.max(0, scatter / freedom) : 0;
}
