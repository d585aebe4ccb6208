/**
 * Convolutional gridding: samples to uv cells, and back. This is the innermost loop of imaging: a sample touches 36
 * cells, and where they are is worked out once.
 *
 * @module
 */

import { SPEED_OF_LIGHT } from "./constants.ts";
import { KERNEL_STEPS, KERNEL_WIDTH, tabulateKernel } from "./gridding_kernel.ts";
import type { StokesI } from "./stokes.ts";
import type { WPlanes } from "./w_planes.ts";

/** What a gridder needs to know. */
export interface GridderOptions {
  /** Baselines and frequencies. */
  data: Pick<StokesI, "rowCount" | "frequenciesHz" | "uvwM">;
  /** Imaging weight per sample. */
  weights: Float32Array;
  /** Width of the grid, in cells. */
  gridSize: number;
  /** Width of an image pixel, in radians. */
  cellRad: number;
  /** Which plane each row belongs to. */
  planes: WPlanes;
}

/**
 * Between samples and grids of pairs (real, imaginary), row by row, with the origin in the middle. Columns grow with -u,
 * because an image's columns grow to the west.
 */
export class Gridder {
  /** Sum of the weights of all samples that lie on the grid. */
  readonly weightSum: number;
  /** Largest distance of a touched cell from the origin, in u or in v. */
  readonly reach: number;
  readonly #gridSize: number;
  readonly #weights: Float32Array;
  readonly #kernel: Float32Array;
  readonly #planes: readonly Placement[];

  /** Works out where the samples lie. */
  constructor(options: GridderOptions) {
    this.#gridSize = options.gridSize;
    this.#weights = options.weights;
    this.#kernel = Float32Array.from(tabulateKernel());
    this.#planes = options.planes.w.map((_, plane) => placeSamples(options, plane));
    this.weightSum = this.#planes.reduce((sum, { weightSum }) => sum + weightSum, 0);
    this.reach = this.#planes.reduce((most, { reach }) => Math.max(most, reach), 0);
  }

  /**
   * Adds the weighted samples of a plane to a grid.
   *
   * @param grid The grid.
   * @param plane Number of the plane.
   * @param visibility Real and imaginary part per sample; null for samples of 1.
   */
  grid(grid: Float32Array, plane: number, visibility: Float32Array | null): void {
    const { samples, cells, kernelX, kernelY } = this.#planes[plane];
    const kernel = this.#kernel;
    const stride = 2 * this.#gridSize;
    for (let k = 0; k < samples.length; k++) {
      const sample = samples[k];
      const weight = this.#weights[sample];
      const re = visibility === null ? weight : weight * visibility[2 * sample];
      const im = visibility === null ? 0 : weight * visibility[2 * sample + 1];
      const x = kernelX[k];
      // Written out, because a loop of six takes twice as long.
      const x0 = kernel[x];
      const x1 = kernel[x + 1];
      const x2 = kernel[x + 2];
      const x3 = kernel[x + 3];
      const x4 = kernel[x + 4];
      const x5 = kernel[x + 5];
      let at = cells[k];
      for (let y = kernelY[k]; y < kernelY[k] + KERNEL_WIDTH; y++, at += stride) {
        const a = re * kernel[y];
        const b = im * kernel[y];
        grid[at] += a * x0;
        grid[at + 1] += b * x0;
        grid[at + 2] += a * x1;
        grid[at + 3] += b * x1;
        grid[at + 4] += a * x2;
        grid[at + 5] += b * x2;
        grid[at + 6] += a * x3;
        grid[at + 7] += b * x3;
        grid[at + 8] += a * x4;
        grid[at + 9] += b * x4;
        grid[at + 10] += a * x5;
        grid[at + 11] += b * x5;
      }
    }
  }

  /**
   * Subtracts what a grid predicts from the samples of a plane, in place.
   *
   * @param grid The grid.
   * @param plane Number of the plane.
   * @param visibility Real and imaginary part per sample.
   */
  subtract(grid: Float32Array, plane: number, visibility: Float32Array): void {
    const { samples, cells, kernelX, kernelY } = this.#planes[plane];
    const kernel = this.#kernel;
    const stride = 2 * this.#gridSize;
    for (let k = 0; k < samples.length; k++) {
      const x = kernelX[k];
      const x0 = kernel[x];
      const x1 = kernel[x + 1];
      const x2 = kernel[x + 2];
      const x3 = kernel[x + 3];
      const x4 = kernel[x + 4];
      const x5 = kernel[x + 5];
      let re = 0;
      let im = 0;
      let at = cells[k];
      for (let y = kernelY[k]; y < kernelY[k] + KERNEL_WIDTH; y++, at += stride) {
        const factor = kernel[y];
        re += factor * (grid[at] * x0 + grid[at + 2] * x1 + grid[at + 4] * x2 + grid[at + 6] * x3 +
          grid[at + 8] * x4 + grid[at + 10] * x5);
        im += factor * (grid[at + 1] * x0 + grid[at + 3] * x1 + grid[at + 5] * x2 + grid[at + 7] * x3 +
          grid[at + 9] * x4 + grid[at + 11] * x5);
      }
      visibility[2 * samples[k]] -= re;
      visibility[2 * samples[k] + 1] -= im;
    }
  }
}

/** Where the samples of one plane lie. */
interface Placement {
  /** Number of each sample. */
  samples: Uint32Array;
  /** Index of the real part of the first cell that it touches. */
  cells: Uint32Array;
  /** First entry of the kernel's table for its columns, and for its rows. */
  kernelX: Uint32Array;
  kernelY: Uint32Array;
  weightSum: number;
  reach: number;
}

function placeSamples(
  { data, weights, gridSize, cellRad, planes }: GridderOptions,
  plane: number,
): Placement {
  const scale = gridSize * cellRad / SPEED_OF_LIGHT;
  const factors = data.frequenciesHz.map((frequency) => frequency * scale);
  const limit = gridSize / 2 - KERNEL_WIDTH;
  const columns = Array.from({ length: 4 }, () => new Uint32Array(countRows(planes, plane) * factors.length));
  const [samples, cells, kernelX, kernelY] = columns;
  let [count, weightSum, reach] = [0, 0, 0];
  for (let row = 0; row < data.rowCount; row++) {
    if (planes.ofRow[row] !== plane) continue;
    for (let channel = 0; channel < factors.length; channel++) {
      const sample = row * factors.length + channel;
      const [u, v] = [-data.uvwM[3 * row] * factors[channel], data.uvwM[3 * row + 1] * factors[channel]];
      if (weights[sample] === 0 || Math.abs(u) > limit || Math.abs(v) > limit) continue;
      const [x, y] = [Math.ceil(u - KERNEL_WIDTH / 2), Math.ceil(v - KERNEL_WIDTH / 2)];
      samples[count] = sample;
      cells[count] = 2 * ((y + gridSize / 2) * gridSize + x + gridSize / 2);
      kernelX[count] = kernelEntry(x, u);
      kernelY[count++] = kernelEntry(y, v);
      weightSum += weights[sample];
      reach = Math.max(reach, Math.abs(x), Math.abs(y), x + KERNEL_WIDTH, y + KERNEL_WIDTH);
    }
  }
  const [used, firstCells, entriesX, entriesY] = columns.map((column) => column.subarray(0, count));
  return { samples: used, cells: firstCells, kernelX: entriesX, kernelY: entriesY, weightSum, reach };
}

function countRows(planes: WPlanes, plane: number): number {
  let count = 0;
  for (const of of planes.ofRow) if (of === plane) count++;
  return count;
}

function kernelEntry(first: number, position: number): number {
  return KERNEL_WIDTH * Math.round((first + KERNEL_WIDTH / 2 - position) * KERNEL_STEPS);
}
