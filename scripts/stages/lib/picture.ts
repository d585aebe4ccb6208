/**
 * A picture for people: the image in false colour, with the beam in its lower left corner.
 *
 * @module
 */

import { encode } from "fast-png";
import { beamAt, type BeamShape } from "./beam.ts";

/** Brightness, in sigma, up to which the scale is linear; above it grows with the logarithm. */
const LINEAR_SIGMA = 3;
/** Darkest brightness shown, in sigma. */
const FLOOR_SIGMA = -2;
/** Distance of the beam from the picture's corner, in pixels. */
const MARGIN = 6;

/** What a picture shows besides the pixels. */
export interface PictureOptions {
  /** Width of the image, in pixels. */
  size: number;
  /** Noise, in Jy per beam. */
  noise: number;
  /** The restoring beam. */
  shape: BeamShape;
}

/**
 * Draws an image as PNG: asinh scale from -2 sigma to the brightest pixel, north up, east to the left.
 *
 * @param pixels Row by row from the bottom, in Jy per beam.
 */
export function drawPicture(pixels: Float64Array, { size, noise, shape }: PictureOptions): Uint8Array {
  const scale = (value: number) => Math.asinh((value / noise - FLOOR_SIGMA) / LINEAR_SIGMA);
  const top = pixels.reduce((most, value) => Math.max(most, value), 5 * noise);
  const data = new Uint8Array(3 * size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const value = scale(pixels[y * size + x]) / scale(top);
      data.set(heat(value), 3 * ((size - 1 - y) * size + x));
    }
  }
  drawBeam(data, size, shape);
  return encode({ width: size, height: size, channels: 3, depth: 8, data });
}

/** Black, red, orange, white: each channel rises where the one before it is full. */
function heat(value: number): [number, number, number] {
  return [clamp(255 * 2 * value), clamp(255 * (2 * value - 0.5)), clamp(255 * (2 * value - 1))];
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** Fills the ellipse of half maximum in light blue. */
function drawBeam(data: Uint8Array, size: number, shape: BeamShape): void {
  const smallest = (shape.xx + shape.yy) / 2 - Math.hypot((shape.xx - shape.yy) / 2, shape.xy / 2);
  const radius = Math.ceil(Math.sqrt(Math.LN2 / smallest));
  if (2 * (radius + MARGIN) > size) return;
  const centre = MARGIN + radius;
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      if (beamAt(shape, dx, dy) < 0.5) continue;
      data.set([140, 190, 255], 3 * ((size - 1 - centre - dy) * size + centre + dx));
    }
  }
}
