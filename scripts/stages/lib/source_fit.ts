/**
 * Fits a point source, the restoring beam with free amplitude and position, to an island.
 *
 * Its flux density and position are those of the least-squares fit; the uncertainty of the position follows
 * J. J. Condon, PASP 109, 166 (1997), for a source that is not resolved: beam width / (2 SNR).
 *
 * @module
 */

import { beamAt, type BeamShape } from "./beam.ts";
import type { Island } from "./islands.ts";
import { solveLinear } from "./linear.ts";

/** Only pixels above this fraction of the peak take part: further out, neighbours and sidelobes matter more. */
const FIT_FRACTION = 0.4;
/** A position that moves further than this from the brightest pixel, in pixels, is no fit of that peak. */
const MAX_SHIFT = 2;
/** A beam of 3 pixels or more that peaks between pixels is at most 1.17 times as high as the brightest of them. */
const MAX_EXCESS = 1.25;
const MAX_ITERATIONS = 30;

/** A fitted point source. */
export interface PointSource {
  /** Peak of the fitted beam, which is the flux density of a point source, in Jy. */
  fluxJy: number;
  /** Column, counted from 0. */
  x: number;
  /** Row, counted from 0. */
  y: number;
}

/**
 * Fits amplitude and position by the Gauss-Newton method.
 *
 * @param pixels An image, row by row, in Jy per beam.
 * @param width Its columns.
 * @param island Where the source is.
 * @param shape The restoring beam.
 * @returns The source; null when the island has too few pixels, or the fit does not settle on its peak, or makes it
 * higher than a point source can be.
 */
export function fitPointSource(
  pixels: Float32Array,
  width: number,
  island: Island,
  shape: BeamShape,
): PointSource | null {
  const [peakX, peakY] = [island.peak % width, Math.floor(island.peak / width)];
  const used = island.pixels.filter((pixel) => pixels[pixel] >= FIT_FRACTION * pixels[island.peak]);
  if (used.length < 4) return null;
  const source = { fluxJy: pixels[island.peak], x: peakX, y: peakY };
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const step = newtonStep(pixels, width, { used, source, shape });
    if (step === null) return null;
    source.fluxJy += step[0];
    source.x += step[1];
    source.y += step[2];
    if (Math.hypot(source.x - peakX, source.y - peakY) > MAX_SHIFT) return null;
    if (Math.abs(step[1]) + Math.abs(step[2]) < 1e-6) {
      return source.fluxJy <= MAX_EXCESS * pixels[island.peak] ? source : null;
    }
  }
  return null;
}

/** The change of flux, x and y that a linear fit around the present values asks for. */
function newtonStep(
  pixels: Float32Array,
  width: number,
  { used, source, shape }: { used: number[]; source: PointSource; shape: BeamShape },
): number[] | null {
  const matrix = [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
  const vector = [0, 0, 0];
  for (const pixel of used) {
    const [dx, dy] = [pixel % width - source.x, Math.floor(pixel / width) - source.y];
    const beam = beamAt(shape, dx, dy);
    const difference = pixels[pixel] - source.fluxJy * beam;
    const slopes = [
      beam,
      source.fluxJy * beam * (2 * shape.xx * dx + shape.xy * dy),
      source.fluxJy * beam * (2 * shape.yy * dy + shape.xy * dx),
    ];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) matrix[i][j] += slopes[i] * slopes[j];
      vector[i] += slopes[i] * difference;
    }
  }
  return solveLinear(matrix, vector);
}
