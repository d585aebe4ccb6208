/**
 * Per-antenna gains by StEFCal, the alternating direction implicit method of S. Salvini and S. J. Wijnholds,
 * "Fast gain calibration in radio astronomy using alternating direction implicit methods", A&A 571, A97 (2014).
 *
 * @module
 */

/** Sums of weighted visibilities over samples that share one set of gains; square matrices, row by row. */
export interface BaselineSums {
  /** Number of antennas. */
  antennaCount: number;
  /** Real part of the sum of weight x visibility for antennas (i, j); Hermitian. */
  real: Float64Array;
  /** Imaginary part. */
  imaginary: Float64Array;
  /** Sum of the weights; symmetric, 0 where there are no data. */
  weight: Float64Array;
}

/** Gains of all antennas, and how the iteration ended. */
export interface GainSolution {
  /** Real parts; 0 for antennas without data. */
  real: Float64Array;
  /** Imaginary parts. */
  imaginary: Float64Array;
  /** Iterations done. */
  iterations: number;
  /** False when the limit of iterations was reached first. */
  converged: boolean;
}

/** When to stop. */
export interface StefcalOptions {
  /** Largest relative change of the gains, from one iteration to the next, that counts as none. @default {1e-8} */
  tolerance?: number;
  /** Limit of iterations. @default {500} */
  maxIterations?: number;
}

/** Makes empty sums. */
export function createBaselineSums(antennaCount: number): BaselineSums {
  const cells = antennaCount ** 2;
  return {
    antennaCount,
    real: new Float64Array(cells),
    imaginary: new Float64Array(cells),
    weight: new Float64Array(cells),
  };
}

/**
 * Solves V_ij = g_i conj(g_j) S for the gains g, in the weighted least-squares sense.
 *
 * The phase that all gains have in common is undetermined.
 *
 * @param sums Weighted sums of the visibilities V of a point source at the phase centre.
 * @param fluxJy Flux density S of that source.
 * @example
 * ```ts
 * import { createBaselineSums, solveGains } from "./stefcal.ts";
 * import assert from "node:assert/strict";
 *
 * const sums = createBaselineSums(3);
 * for (const [i, j] of [[0, 1], [0, 2], [1, 2]]) {
 *   for (const cell of [3 * i + j, 3 * j + i]) {
 *     sums.real[cell] = 4;
 *     sums.weight[cell] = 1;
 *   }
 * }
 * const { real } = solveGains(sums, 1);
 * assert.deepEqual([...real].map((gain) => gain.toFixed(6)), ["2.000000", "2.000000", "2.000000"]);
 * ```
 */
export function solveGains(sums: BaselineSums, fluxJy: number, options: StefcalOptions = {}): GainSolution {
  const { tolerance = 1e-8, maxIterations = 500 } = options;
  const current = startGains(sums, fluxJy);
  const next = { real: new Float64Array(sums.antennaCount), imaginary: new Float64Array(sums.antennaCount) };
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    updateGains(sums, fluxJy, current, next);
    // Plain iteration swings between two points; their mean on every other step is what makes it converge.
    if (iteration % 2 === 0) averageInto(next, current);
    const change = relativeChange(current, next);
    current.real.set(next.real);
    current.imaginary.set(next.imaginary);
    if (change < tolerance) return { ...current, iterations: iteration, converged: true };
  }
  return { ...current, iterations: maxIterations, converged: false };
}

type Gains = Pick<GainSolution, "real" | "imaginary">;

/** Real gains whose amplitude is that of the mean baseline. */
function startGains(sums: BaselineSums, fluxJy: number): Gains {
  let total = 0;
  let count = 0;
  sums.weight.forEach((weight, cell) => {
    if (weight === 0) return;
    total += Math.hypot(sums.real[cell], sums.imaginary[cell]) / weight;
    count++;
  });
  const amplitude = count === 0 ? 0 : Math.sqrt(total / count / fluxJy);
  return {
    real: new Float64Array(sums.antennaCount).fill(amplitude),
    imaginary: new Float64Array(sums.antennaCount),
  };
}

/** One step: with all other gains fixed, each gain is a linear least-squares problem of its own. */
function updateGains(sums: BaselineSums, fluxJy: number, from: Gains, to: Gains): void {
  const n = sums.antennaCount;
  for (let i = 0; i < n; i++) {
    let [real, imaginary, norm] = [0, 0, 0];
    for (let j = 0; j < n; j++) {
      const cell = i * n + j;
      const [re, im] = [from.real[j], from.imaginary[j]];
      real += sums.real[cell] * re - sums.imaginary[cell] * im;
      imaginary += sums.real[cell] * im + sums.imaginary[cell] * re;
      norm += sums.weight[cell] * (re * re + im * im);
    }
    to.real[i] = norm > 0 ? real / (norm * fluxJy) : 0;
    to.imaginary[i] = norm > 0 ? imaginary / (norm * fluxJy) : 0;
  }
}

function averageInto(target: Gains, other: Gains): void {
  for (let k = 0; k < target.real.length; k++) {
    target.real[k] = (target.real[k] + other.real[k]) / 2;
    target.imaginary[k] = (target.imaginary[k] + other.imaginary[k]) / 2;
  }
}

function relativeChange(before: Gains, after: Gains): number {
  let [change, size] = [0, 0];
  for (let k = 0; k < before.real.length; k++) {
    change += (after.real[k] - before.real[k]) ** 2 + (after.imaginary[k] - before.imaginary[k]) ** 2;
    size += after.real[k] ** 2 + after.imaginary[k] ** 2;
  }
  return size === 0 ? 0 : Math.sqrt(change / size);
}
