/**
 * The synthesized beam: the Gaussian that fits the core of the point spread function.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { solveLinear } from "./linear.ts";

/** An elliptical Gaussian on the sky. */
export interface Beam {
  /** Full width at half maximum along the major axis, in radians. */
  majorRad: number;
  /** Full width at half maximum along the minor axis, in radians. */
  minorRad: number;
  /** Position angle of the major axis, in radians: from north towards east, that is from +y towards -x. */
  positionAngleRad: number;
}

/** The same Gaussian on a grid of pixels: exp(-(xx dx^2 + xy dx dy + yy dy^2)). */
export interface BeamShape {
  /** Factor of dx^2. */
  xx: number;
  /** Factor of dx dy. */
  xy: number;
  /** Factor of dy^2. */
  yy: number;
}

/** A full width at half maximum in units of 1 / sqrt(the exponent's factor). */
const WIDTH_FACTOR = 2 * Math.sqrt(Math.LN2);

/** Value of a beam at an offset in pixels. */
export function beamAt(shape: BeamShape, dx: number, dy: number): number {
  return Math.exp(-(shape.xx * dx * dx + shape.xy * dx * dy + shape.yy * dy * dy));
}

/** Puts a beam on a grid of pixels of the given width. */
export function beamShape(beam: Beam, cellRad: number): BeamShape {
  const along = (WIDTH_FACTOR * cellRad / beam.majorRad) ** 2;
  const across = (WIDTH_FACTOR * cellRad / beam.minorRad) ** 2;
  const [sin, cos] = [Math.sin(beam.positionAngleRad), Math.cos(beam.positionAngleRad)];
  // The major axis points along (-sin, cos), because x grows towards the west.
  return {
    xx: along * sin * sin + across * cos * cos,
    xy: 2 * sin * cos * (across - along),
    yy: along * cos * cos + across * sin * sin,
  };
}

/** The inverse of {@linkcode beamShape}. */
export function beamOfShape({ xx, xy, yy }: BeamShape, cellRad: number): Beam {
  const mean = (xx + yy) / 2;
  const difference = Math.hypot((xx - yy) / 2, xy / 2);
  // With the angle p, xx - yy = (across - along) cos 2p and xy = (across - along) sin 2p.
  const angle = difference === 0 ? 0 : Math.atan2(xy, xx - yy) / 2;
  return {
    majorRad: WIDTH_FACTOR * cellRad / Math.sqrt(mean - difference),
    minorRad: WIDTH_FACTOR * cellRad / Math.sqrt(mean + difference),
    positionAngleRad: angle,
  };
}

/** Area of a beam in pixels: the factor between the sum over an image in Jy per beam and a flux density in Jy. */
export function beamArea({ xx, xy, yy }: BeamShape): number {
  return 2 * Math.PI / Math.sqrt(4 * xx * yy - xy * xy);
}

/**
 * Fits a Gaussian to the core of a point spread function: a linear fit of its logarithm, weighted by its square, over
 * the connected pixels around the centre that are above one half.
 *
 * @param psf Point spread function with its peak in the middle.
 * @param size Its width, in pixels.
 * @throws {BadInput} when the core has too few pixels for a fit.
 */
export function fitBeam(psf: Float32Array, size: number): BeamShape {
  const matrix = Array.from({ length: 3 }, () => [0, 0, 0]);
  const vector = [0, 0, 0];
  const core = corePixels(psf, size);
  for (const pixel of core) {
    const [dx, dy] = [pixel % size - size / 2, Math.floor(pixel / size) - size / 2];
    const terms = [dx * dx, dx * dy, dy * dy];
    const weight = psf[pixel] ** 2;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) matrix[i][j] += weight * terms[i] * terms[j];
      vector[i] -= weight * terms[i] * Math.log(psf[pixel]);
    }
  }
  const solution = core.length < 5 ? null : solveLinear(matrix, vector);
  const [xx, xy, yy] = solution ?? [0, 0, 0];
  if (xx > 0 && 4 * xx * yy > xy * xy) return { xx, xy, yy };
  throw new BadInput(
    `The beam covers only ${core.length} pixels: set a smaller "cell_arcsec", so that it is at least 3 pixels wide`,
  );
}

/** Pixels above one half that hang together with the central one. */
function corePixels(psf: Float32Array, size: number): number[] {
  const centre = (size / 2) * size + size / 2;
  const seen = new Set([centre]);
  for (const pixel of seen) {
    for (const next of [pixel - 1, pixel + 1, pixel - size, pixel + size]) {
      if (psf[next] >= 0.5) seen.add(next);
    }
  }
  return [...seen];
}
