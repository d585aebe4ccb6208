/**
 * Natural and Briggs weighting (D. S. Briggs, "High fidelity deconvolution of moderately resolved sources", PhD thesis, New Mexico
 * Tech, 1995): between natural weights, which give the lowest noise, and uniform ones, which give the sharpest beam.
 *
 * @module
 */

import { SPEED_OF_LIGHT } from "./constants.ts";
import type { StokesI } from "./stokes.ts";

/**
 * Natural imaging weights: those of the data, for the lowest noise.
 *
 * @returns One weight per sample; 0 for samples outside the grid.
 */
export function naturalWeights(data: StokesI, options: Omit<WeightingOptions, "robust">): Float32Array {
  const cells = uvCells(data, options);
  return data.weight.map((weight, k) => cells[k] < 0 ? 0 : weight);
}

/** Image that the weights are for. */
export interface WeightingOptions {
  /** Width of the image, in pixels. */
  size: number;
  /** Width of a pixel, in radians. */
  cellRad: number;
  /** From -2 (nearly uniform) to 2 (nearly natural). */
  robust: number;
}

/**
 * Computes imaging weights, w / (1 + W f^2), where W is the sum of weights in the sample's uv cell.
 *
 * @returns One weight per sample; 0 for samples outside the grid.
 */
export function briggsWeights(data: StokesI, options: WeightingOptions): Float32Array {
  const cells = uvCells(data, options);
  const density = new Float64Array(options.size ** 2);
  cells.forEach((cell, k) => {
    if (cell >= 0) density[cell] += data.weight[k];
  });
  let [sum, squares] = [0, 0];
  for (const value of density) {
    sum += value;
    squares += value * value;
  }
  const factor = (5 * 10 ** -options.robust) ** 2 / (squares / sum);
  return data.weight.map((weight, k) => cells[k] < 0 ? 0 : weight / (1 + density[cells[k]] * factor));
}

/** The uv cell of each sample, mirrored to v >= 0, because a visibility also measures its conjugate; -1 outside. */
function uvCells(data: StokesI, { size, cellRad }: Omit<WeightingOptions, "robust">): Int32Array {
  const scale = size * cellRad / SPEED_OF_LIGHT;
  const channelCount = data.frequenciesHz.length;
  return Int32Array.from({ length: data.weight.length }, (_, k) => {
    const row = Math.floor(k / channelCount);
    const factor = scale * data.frequenciesHz[k % channelCount];
    const [u, v] = [data.uvwM[3 * row] * factor, data.uvwM[3 * row + 1] * factor];
    const x = Math.round(v < 0 ? -u : u) + size / 2;
    const y = Math.round(Math.abs(v));
    return x < 0 || x >= size || y >= size / 2 ? -1 : y * size + x;
  });
}
