/**
 * Pictures of the sky for people: false colours with their scale, north up, east to the left.
 *
 * @module
 */

import { beamAt, type BeamShape } from "./beam.ts";
import { Canvas, type Colour, TEXT_HEIGHT } from "./canvas.ts";

/** Brightness, in sigma, up to which the scale is linear; above it grows with the logarithm. */
const LINEAR_SIGMA = 3;
/** Darkest brightness shown, in sigma. */
const FLOOR_SIGMA = -2;
/** Ticks of the scale, in sigma. */
const TICKS_SIGMA = [0, 5, 20, 100, 500, 2000, 10_000];
/** Distance of things from the edge, in pixels. */
const MARGIN = 6;
/** Width of the scale's bar, and of the scale with its labels. */
const BAR_WIDTH = 14;
const SCALE_WIDTH = 110;
const WHITE: Colour = [255, 255, 255];
const GREY: Colour = [170, 170, 170];
const BEAM_COLOUR: Colour = [140, 190, 255];

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
 * Draws an image as PNG, with the beam in its lower left corner, and to its right the scale: from -2 sigma to the
 * brightest pixel, with the noise and the peak in words.
 *
 * @param pixels Row by row from the bottom, in Jy per beam.
 */
export function drawPicture(pixels: Float64Array, { size, noise, shape }: PictureOptions): Uint8Array {
  const canvas = new Canvas(size + SCALE_WIDTH, size);
  const tone = drawImage(canvas, pixels, { size, noise, left: 0 });
  drawBeam(canvas, size, shape);
  drawScale(canvas, size, { noise, tone });
  return canvas.encode();
}

/** One of several images beside each other. */
export interface Panel {
  /** Row by row from the bottom, in Jy per beam or whatever unit the data have. */
  pixels: Float64Array;
  /** Noise, in the same unit. */
  noise: number;
  /** What it shows, in a few words in capitals. */
  title: string;
}

/** Draws images of the same size beside each other, each on a scale of its own noise, under their titles. */
export function drawPanels(panels: readonly Panel[], size: number): Uint8Array {
  const canvas = new Canvas(panels.length * (size + MARGIN) - MARGIN, size + TEXT_HEIGHT + 2 * MARGIN);
  panels.forEach(({ pixels, noise, title }, k) => {
    const left = k * (size + MARGIN);
    const { top } = drawImage(canvas, pixels, { size, noise, left, top: TEXT_HEIGHT + 2 * MARGIN });
    canvas.write(`${title}: PEAK ${(top / noise).toFixed(0)} SIGMA`, left + MARGIN, MARGIN, WHITE);
  });
  return canvas.encode();
}

/** How bright a value is shown, from 0 to 1, and the brightest value. */
interface Tone {
  of(value: number): number;
  top: number;
}

function drawImage(
  canvas: Canvas,
  pixels: Float64Array,
  { size, noise, left, top = 0 }: { size: number; noise: number; left: number; top?: number },
): Tone {
  const scale = (value: number) => Math.asinh((value / noise - FLOOR_SIGMA) / LINEAR_SIGMA);
  const brightest = pixels.reduce((most, value) => Math.max(most, value), 5 * noise);
  const tone = { of: (value: number) => scale(value) / scale(brightest), top: brightest };
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      canvas.set(left + x, top + size - 1 - y, heat(tone.of(pixels[y * size + x])));
    }
  }
  return tone;
}

/** Black, red, orange, white: each channel rises where the one before it is full. */
function heat(value: number): Colour {
  return [clamp(255 * 2 * value), clamp(255 * (2 * value - 0.5)), clamp(255 * (2 * value - 1))];
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** Fills the ellipse of half maximum in light blue. */
function drawBeam(canvas: Canvas, size: number, shape: BeamShape): void {
  const smallest = (shape.xx + shape.yy) / 2 - Math.hypot((shape.xx - shape.yy) / 2, shape.xy / 2);
  const radius = Math.ceil(Math.sqrt(Math.LN2 / smallest));
  if (2 * (radius + MARGIN) > size) return;
  const centre = MARGIN + radius;
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      if (beamAt(shape, dx, dy) >= 0.5) canvas.set(centre + dx, size - 1 - centre - dy, BEAM_COLOUR);
    }
  }
}

/** The bar with its ticks; below it the noise, above it the peak. */
function drawScale(canvas: Canvas, size: number, { noise, tone }: { noise: number; tone: Tone }): void {
  const left = size + MARGIN;
  const [top, bottom] = [2 * MARGIN + TEXT_HEIGHT, size - 2 * MARGIN - TEXT_HEIGHT];
  for (let y = top; y < bottom; y++) canvas.fill(left, y, BAR_WIDTH, 1, heat((bottom - y) / (bottom - top)));
  for (const sigma of TICKS_SIGMA) {
    const y = Math.round(bottom - tone.of(sigma * noise) * (bottom - top));
    if (y < top + TEXT_HEIGHT) break;
    canvas.fill(left + BAR_WIDTH, y, 4, 1, WHITE);
    canvas.write(`${sigma} SIGMA`, left + BAR_WIDTH + MARGIN, y - TEXT_HEIGHT / 2, GREY);
  }
  canvas.write(inJansky(tone.top), left, MARGIN, WHITE);
  canvas.write(`RMS ${inJansky(noise)}`, left, size - MARGIN - TEXT_HEIGHT, WHITE);
}

/** A flux density with a unit that leaves few digits. */
function inJansky(value: number): string {
  const [factor, unit] = value >= 0.1 ? [1, "JY"] : value >= 1e-4 ? [1e3, "mJY"] : [1e6, "E-6 JY"];
  return `${Number((value * factor).toPrecision(3))} ${unit}`;
}
