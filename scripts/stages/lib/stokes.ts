/**
 * Total intensity from the parallel hands.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { readVisset, type VisibilityBlock, type VissetMeta } from "./visset.ts";

/** Visibilities of Stokes I, ready for imaging. */
export interface StokesI {
  /** Number of rows. */
  rowCount: number;
  /** Centre of each channel, in Hz. */
  frequenciesHz: Float64Array;
  /** Baselines: u, v, w per row, in metres. */
  uvwM: Float64Array;
  /** Real and imaginary parts: row by row, channel by channel. */
  visibility: Float32Array;
  /** Weights, proportional to 1 / variance; 0 where a hand is flagged. */
  weight: Float32Array;
}

/**
 * Loads I = (XX + YY) / 2, or (RR + LL) / 2, of a visset.
 *
 * Baselines are turned so that w is never negative, the visibility of the reversed baseline being the conjugate: the
 * imager then needs half as many w planes. Both hands are needed, since one alone also measures linear or circular
 * polarization; a set that has only one hand is taken to be unpolarized.
 *
 * @param folder The visset.
 * @param meta Its description.
 * @param maxSamples Only so many samples are loaded, from the first row on. @default all
 * @throws {BadInput} when no sample is left.
 */
export function loadStokesI(folder: string, meta: VissetMeta, maxSamples = Infinity): StokesI {
  const channelCount = meta.frequenciesHz.length;
  const rowCount = Math.min(meta.rowCount, Math.max(1, Math.floor(maxSamples / channelCount)));
  const data: StokesI = {
    rowCount,
    frequenciesHz: Float64Array.from(meta.frequenciesHz),
    uvwM: new Float64Array(3 * rowCount),
    visibility: new Float32Array(2 * rowCount * channelCount),
    weight: new Float32Array(rowCount * channelCount),
  };
  let row = 0;
  for (const block of readVisset(folder, meta)) {
    const wanted = { ...block, rowCount: Math.min(block.rowCount, rowCount - row) };
    data.uvwM.set(block.uvwM.subarray(0, 3 * wanted.rowCount), 3 * row);
    combineHands(wanted, meta.polarizations.length, data, row * channelCount);
    row += wanted.rowCount;
    if (row === rowCount) break;
  }
  turnBaselines(data);
  if (data.weight.some((weight) => weight > 0)) return data;
  throw new BadInput(`All samples of ${folder} are flagged: there is nothing to image`);
}

/** The variance of the mean of two hands is (1/w1 + 1/w2) / 4. */
function combineHands(block: VisibilityBlock, handCount: number, data: StokesI, firstSample: number): void {
  const { visibility, weight } = block;
  const count = block.rowCount * data.frequenciesHz.length;
  for (let k = 0; k < count; k++) {
    const [p, q] = [k * handCount, k * handCount + handCount - 1];
    const [w1, w2] = [weight[p], weight[q]];
    const to = firstSample + k;
    if (w1 === 0 || w2 === 0) continue;
    data.weight[to] = handCount === 1 ? w1 : 4 * w1 * w2 / (w1 + w2);
    data.visibility[2 * to] = (visibility[2 * p] + visibility[2 * q]) / 2;
    data.visibility[2 * to + 1] = (visibility[2 * p + 1] + visibility[2 * q + 1]) / 2;
  }
}

function turnBaselines({ rowCount, uvwM, visibility, frequenciesHz }: StokesI): void {
  const channelCount = frequenciesHz.length;
  for (let row = 0; row < rowCount; row++) {
    if (uvwM[3 * row + 2] >= 0) continue;
    for (let k = 3 * row; k < 3 * row + 3; k++) uvwM[k] = -uvwM[k];
    for (let k = row * channelCount; k < (row + 1) * channelCount; k++) {
      visibility[2 * k + 1] = -visibility[2 * k + 1];
    }
  }
}
