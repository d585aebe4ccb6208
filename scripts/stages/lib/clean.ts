/**
 * CLEAN: finds the point sources that explain a dirty image.
 *
 * Minor cycles follow J. A. Högbom, "Aperture synthesis with a non-regular distribution of interferometer baselines",
 * A&AS 15, 417 (1974), on a list of the brightest pixels as B. G. Clark, A&A 89, 377 (1980), proposed. After each, the
 * components are subtracted from the visibilities themselves and the residual is imaged anew: the major cycles of
 * F. R. Schwab, AJ 89, 1076 (1984), known as Cotton-Schwab.
 *
 * Depth is set by the noise of the residual, measured anew in each major cycle: first everything above 5 sigma is
 * cleaned, then only around the components found, down to 1 sigma, so that noise is not mistaken for sources.
 *
 * @module
 */

import type { Imager } from "./imager.ts";
import { noiseLevel } from "./statistics.ts";

/** Fraction of a peak that one component takes. */
const LOOP_GAIN = 0.1;
/** A minor cycle stops at this fraction of the peak that it began with. */
const CYCLE_DEPTH = 0.2;
/**
 * The search is over when no peak is higher than this many times its threshold. A minor cycle stops at the threshold,
 * but the new residual differs by errors of the grid: many a major cycle would be spent on peaks just above. To clean
 * deeper instead would take noise for sources, at the expense of real ones.
 */
const SETTLED = 1.2;
/** Around components a minor cycle goes a little below its threshold, for the same reason. */
const FINAL_MARGIN = 0.85;
/** Peaks above this many sigma are cleaned wherever they are. */
const SEARCH_SIGMA = 5;
/** Around components, peaks above this many sigma are cleaned. */
const FINAL_SIGMA = 1;
/** Limits; a result tells when one was reached. */
const DEFAULT_MAX_MAJOR_CYCLES = 20;
const MAX_MINOR_ITERATIONS = 100_000;

/** What CLEAN found. */
export interface CleanResult {
  /** Flux density of the components, per pixel, in Jy. */
  model: Float64Array;
  /** What is left of the image, in Jy per beam. */
  residual: Float64Array;
  /** Noise of the residual, in Jy per beam. */
  noise: number;
  /** Number of components taken, counting repeats. */
  iterations: number;
  /** Number of times the residual was imaged anew. */
  majorCycles: number;
  /** Brightest residual where CLEAN looked last, in Jy per beam. */
  peakResidual: number;
  /** Where it wanted to stop, in Jy per beam. */
  threshold: number;
  /** True when it stopped there, false when a limit of cycles or iterations was reached before. */
  converged: boolean;
}

/** How to clean. */
export interface CleanOptions {
  /** Width of the image, in pixels. */
  size: number;
  /** Limit of major cycles. @default {20} */
  maxMajorCycles?: number;
  /** Called before each major cycle with its number, from 0, and the brightest residual, in Jy per beam. */
  onCycle?: (cycle: number, peak: number) => void;
}

/**
 * Cleans an image.
 *
 * @param imager Between visibilities and images.
 * @param psf Point spread function from `imager.pointSpread()`.
 * @param visibility Visibilities; what is left of them stays in this array.
 */
export function clean(
  imager: Pick<Imager, "dirty" | "subtract">,
  psf: Float32Array,
  visibility: Float32Array,
  options: CleanOptions,
): CleanResult {
  const { size, maxMajorCycles = DEFAULT_MAX_MAJOR_CYCLES } = options;
  const model = new Float64Array(size * size);
  let residual = imager.dirty(visibility);
  let mask: Uint8Array | null = null;
  let iterations = 0;
  for (let cycle = 0;; cycle++) {
    const noise = noiseLevel(residual);
    let threshold = (mask ? FINAL_SIGMA : SEARCH_SIGMA) * noise;
    let peak = brightest(residual, mask);
    if (mask === null && peak <= SETTLED * threshold) {
      mask = aroundComponents(model, size);
      threshold = FINAL_SIGMA * noise;
      peak = brightest(residual, mask);
    }
    const converged = peak <= threshold;
    if (converged || cycle === maxMajorCycles || iterations >= MAX_MINOR_ITERATIONS) {
      return {
        model,
        residual,
        noise,
        iterations,
        majorCycles: cycle,
        peakResidual: peak,
        threshold,
        converged,
      };
    }
    options.onCycle?.(cycle, peak);
    const limit = Math.max((mask ? FINAL_MARGIN : 1) * threshold, CYCLE_DEPTH * peak);
    const found = minorCycle(residual, psf, { size, mask, limit });
    iterations += found.iterations;
    for (const [pixel, flux] of found.components) model[pixel] += flux;
    imager.subtract(visibility, found.components);
    residual = imager.dirty(visibility);
  }
}

/** Absolute value of the brightest pixel, of those in the mask if there is one. */
function brightest(image: Float64Array, mask: Uint8Array | null): number {
  let peak = 0;
  for (let pixel = 0; pixel < image.length; pixel++) {
    if (mask === null || mask[pixel] === 1) peak = Math.max(peak, Math.abs(image[pixel]));
  }
  return peak;
}

/** The pixels of components and their neighbours. */
function aroundComponents(model: Float64Array, size: number): Uint8Array {
  const mask = new Uint8Array(model.length);
  model.forEach((flux, pixel) => {
    if (flux === 0) return;
    const [x, y] = [pixel % size, Math.floor(pixel / size)];
    for (let row = Math.max(0, y - 1); row <= Math.min(size - 1, y + 1); row++) {
      mask.fill(1, row * size + Math.max(0, x - 1), row * size + Math.min(size, x + 2));
    }
  });
  return mask;
}

interface MinorCycleOptions {
  size: number;
  mask: Uint8Array | null;
  /** Stop when the brightest pixel is below, in Jy per beam. */
  limit: number;
}

/** Högbom's loop over the pixels that may become components before the limit is reached. */
function minorCycle(
  residual: Float64Array,
  psf: Float32Array,
  { size, mask, limit }: MinorCycleOptions,
): { components: Map<number, number>; iterations: number } {
  const pixels = selectPixels(residual, mask, limit / 2);
  const values = Float64Array.from(pixels, (pixel) => residual[pixel]);
  const places = pixels.map((pixel) => Math.floor(pixel / size) * size + pixel);
  const components = new Map<number, number>();
  for (let iterations = 0;; iterations++) {
    const at = indexOfBrightest(values);
    if (at < 0 || Math.abs(values[at]) < limit || iterations === MAX_MINOR_ITERATIONS) {
      return { components, iterations };
    }
    const flux = LOOP_GAIN * values[at];
    components.set(pixels[at], (components.get(pixels[at]) ?? 0) + flux);
    const shift = size * 2 * size + size - places[at];
    for (let k = 0; k < values.length; k++) values[k] -= flux * psf[places[k] + shift];
  }
}

function selectPixels(residual: Float64Array, mask: Uint8Array | null, least: number): Int32Array {
  const pixels = new Int32Array(residual.length);
  let count = 0;
  for (let pixel = 0; pixel < residual.length; pixel++) {
    if (Math.abs(residual[pixel]) >= least && (mask === null || mask[pixel] === 1)) pixels[count++] = pixel;
  }
  return pixels.slice(0, count);
}

function indexOfBrightest(values: Float64Array): number {
  let [index, best] = [-1, 0];
  for (let k = 0; k < values.length; k++) {
    const value = values[k] < 0 ? -values[k] : values[k];
    if (value > best) {
      best = value;
      index = k;
    }
  }
  return index;
}
