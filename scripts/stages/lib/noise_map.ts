/**
 * The noise of an image from place to place: near bright sources, errors of calibration raise it, and leave holes that
 * no source can make.
 *
 * @module
 */

import { noiseLevel } from "./statistics.ts";

/** Boxes along each side of the image; neighbours overlap by half. */
const BOXES = 8;

/** Noise at any pixel, by linear interpolation between boxes. */
export class NoiseMap {
  /** Noise where it is lowest, in the image's unit. */
  readonly least: number;
  readonly #width: number;
  readonly #height: number;
  readonly #levels: Float64Array;
  readonly #holes: Float64Array;

  /**
   * Measures the noise in overlapping boxes.
   *
   * @param pixels An image, row by row.
   * @param width Its columns; rows follow from the length.
   */
  constructor(pixels: Float32Array, width: number) {
    this.#width = width;
    this.#height = pixels.length / width;
    const boxes = Array.from({ length: BOXES * BOXES }, (_, box) => cutBox(pixels, width, this.#height, box));
    this.#levels = Float64Array.from(boxes, noiseLevel);
    this.#holes = Float64Array.from(boxes, (box) => box.reduce((most, value) => Math.max(most, -value), 0));
    this.least = Math.min(...this.#levels);
  }

  /**
   * Depth of the deepest hole in the boxes around a pixel, in the image's unit, counted positive.
   *
   * Sources are positive; what errors of calibration and deconvolution leave has either sign. So the holes tell how
   * bright a peak may be that is no source.
   */
  holeNear(x: number, y: number): number {
    const [columns, rows] = [between(x, this.#width), between(y, this.#height)];
    const box = (i: number, j: number) => this.#holes[rows[j] * BOXES + columns[i]];
    return Math.max(box(0, 0), box(0, 1), box(1, 0), box(1, 1));
  }

  /** Noise at a pixel, in the image's unit. */
  at(x: number, y: number): number {
    const [column, right, fx] = between(x, this.#width);
    const [row, below, fy] = between(y, this.#height);
    const level = (i: number, j: number) => this.#levels[j * BOXES + i];
    const upper = level(column, row) * (1 - fx) + level(right, row) * fx;
    const lower = level(column, below) * (1 - fx) + level(right, below) * fx;
    return upper * (1 - fy) + lower * fy;
  }
}

/** The boxes on both sides of a position, and how far it is from the first to the second. */
function between(position: number, length: number): [first: number, second: number, fraction: number] {
  const place = Math.max(0, Math.min(BOXES - 1, (position + 0.5) / length * BOXES - 0.5));
  const first = Math.floor(place);
  return [first, Math.min(BOXES - 1, first + 1), place - first];
}

function cutBox(pixels: Float32Array, width: number, height: number, box: number): Float32Array {
  const [left, right] = span(box % BOXES, width);
  const [bottom, top] = span(Math.floor(box / BOXES), height);
  const cut = new Float32Array((right - left) * (top - bottom));
  for (let y = bottom; y < top; y++) {
    cut.set(pixels.subarray(y * width + left, y * width + right), (y - bottom) * (right - left));
  }
  return cut;
}

function span(index: number, length: number): [from: number, to: number] {
  const step = length / BOXES;
  return [Math.max(0, Math.floor((index - 0.5) * step)), Math.min(length, Math.ceil((index + 1.5) * step))];
}
