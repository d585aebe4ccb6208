/**
 * Fourier transforms between a square grid of uv cells and the image in the middle of its transform.
 *
 * Both are arrays of pairs (real, imaginary), row by row, with their origin in the middle, at (width / 2, width / 2).
 * Rows and columns that hold nothing, and those that nobody asks for, are left out.
 *
 * @module
 */

import { Fft } from "./fft.ts";

/** Columns that are gathered and transformed together, because walking down one column misses the cache each step. */
const COLUMN_BATCH = 8;

/** Transforms for one width of grid. */
export class GridTransform {
  readonly #size: number;
  readonly #fft: Fft;
  readonly #lines: readonly Line[];

  /** @param size Width of the grid: a power of two. */
  constructor(size: number) {
    this.#size = size;
    this.#fft = new Fft(size);
    this.#lines = Array.from({ length: COLUMN_BATCH }, () => ({
      real: new Float64Array(size),
      imaginary: new Float64Array(size),
    }));
  }

  /**
   * From a grid to an image: the sum of cells times exp(-2 pi i (x u + y v) / size).
   *
   * @param grid The grid; it is overwritten.
   * @param reach Cells further than this from the origin, in u or in v, are zero.
   * @param image Where the image is written to.
   * @param width Width of the image.
   */
  toImage(grid: Float32Array, reach: number, image: Float32Array, width: number): void {
    const size = this.#size;
    const [from, to] = span(size, reach);
    const left = (size - width) / 2;
    for (let y = from; y < to; y++) {
      this.#loadRow(grid, 2 * y * size, from, to);
      this.#fft.transform(this.#lines[0].real, this.#lines[0].imaginary, -1);
      this.#storeRow(grid, 2 * y * size, left, left + width);
    }
    for (let x = 0; x < width; x += COLUMN_BATCH) {
      const count = Math.min(COLUMN_BATCH, width - x);
      this.#loadColumns(grid, left + x, count, from, to);
      this.#transformColumns(count, -1);
      for (let y = 0; y < width; y++) this.#storeColumns(image, y * width + x, count, left + y);
    }
  }

  /**
   * From an image to a grid: the sum of pixels times exp(+2 pi i (x u + y v) / size).
   *
   * @param image The image.
   * @param width Its width.
   * @param grid Where the grid is written to.
   * @param reach Cells further than this from the origin are not wanted; what they hold afterwards is of no use.
   */
  toGrid(image: Float32Array, width: number, grid: Float32Array, reach: number): void {
    const size = this.#size;
    const [from, to] = span(size, reach);
    const left = (size - width) / 2;
    const [top, bottom] = [left, left + width];
    for (let y = 0; y < width; y++) {
      const first = 2 * y * width;
      const target = 2 * (top + y) * size;
      if (isZero(image, first, first + 2 * width)) {
        grid.fill(0, target + 2 * from, target + 2 * to);
        continue;
      }
      this.#loadRow(image, first - 2 * left, left, left + width);
      this.#fft.transform(this.#lines[0].real, this.#lines[0].imaginary, 1);
      this.#storeRow(grid, target, from, to);
    }
    for (let x = from; x < to; x += COLUMN_BATCH) {
      const count = Math.min(COLUMN_BATCH, to - x);
      this.#loadColumns(grid, x, count, top, bottom);
      this.#transformColumns(count, 1);
      for (let y = from; y < to; y++) this.#storeColumns(grid, y * size + x, count, y);
    }
  }

  /** Fills the first line from a row that starts at `offset`; places outside [from, to) are zero. */
  #loadRow(source: Float32Array, offset: number, from: number, to: number): void {
    const { real, imaginary } = this.#lines[0];
    const { order } = this.#fft;
    const [half, mask] = [this.#size / 2, this.#size - 1];
    real.fill(0);
    imaginary.fill(0);
    for (let x = from; x < to; x++) {
      const place = order[x + half & mask];
      real[place] = source[offset + 2 * x];
      imaginary[place] = source[offset + 2 * x + 1];
    }
  }

  #storeRow(target: Float32Array, offset: number, from: number, to: number): void {
    const { real, imaginary } = this.#lines[0];
    const [half, mask] = [this.#size / 2, this.#size - 1];
    for (let x = from; x < to; x++) {
      const place = x + half & mask;
      target[offset + 2 * x] = real[place];
      target[offset + 2 * x + 1] = imaginary[place];
    }
  }

  /** Fills lines from neighbouring columns; places outside the rows [from, to) are zero. */
  #loadColumns(grid: Float32Array, x: number, count: number, from: number, to: number): void {
    const { order } = this.#fft;
    const [half, mask] = [this.#size / 2, this.#size - 1];
    for (const { real, imaginary } of this.#lines) {
      real.fill(0);
      imaginary.fill(0);
    }
    for (let y = from; y < to; y++) {
      const at = 2 * (y * this.#size + x);
      const place = order[y + half & mask];
      for (let k = 0; k < count; k++) {
        this.#lines[k].real[place] = grid[at + 2 * k];
        this.#lines[k].imaginary[place] = grid[at + 2 * k + 1];
      }
    }
  }

  #transformColumns(count: number, sign: 1 | -1): void {
    for (let k = 0; k < count; k++) this.#fft.transform(this.#lines[k].real, this.#lines[k].imaginary, sign);
  }

  /** Writes one row of the lines' results: those at `y` of the grid, to neighbouring places. */
  #storeColumns(target: Float32Array, first: number, count: number, y: number): void {
    const place = y + this.#size / 2 & this.#size - 1;
    for (let k = 0; k < count; k++) {
      target[2 * (first + k)] = this.#lines[k].real[place];
      target[2 * (first + k) + 1] = this.#lines[k].imaginary[place];
    }
  }
}

interface Line {
  real: Float64Array;
  imaginary: Float64Array;
}

/** The places at most `reach` from the middle. */
function span(size: number, reach: number): [from: number, to: number] {
  return [Math.max(0, size / 2 - reach), Math.min(size, size / 2 + reach + 1)];
}

function isZero(values: Float32Array, from: number, to: number): boolean {
  for (let k = from; k < to; k++) if (values[k] !== 0) return false;
  return true;
}
