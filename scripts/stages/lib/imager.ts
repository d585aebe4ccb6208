/**
 * Between visibilities and images: convolutional gridding and FFT, with w-stacking.
 *
 * An image of `size` pixels is the inner half of a grid of twice the width, so that aliases fall outside. Pixel (x, y)
 * shows l = -(x - size/2) cell and m = (y - size/2) cell: right ascension grows to the left. Samples are sorted into
 * planes of similar w, each gridded on its own and corrected by exp(-2 pi i w (n - 1)) in the image (A. R. Offringa
 * et al., MNRAS 444, 606, 2014); near the zenith and for small fields one plane is enough.
 *
 * @module
 */

import { SPEED_OF_LIGHT } from "./constants.ts";
import { Fft } from "./fft.ts";
import {
  KERNEL_STEPS,
  KERNEL_WIDTH,
  kernelTransform,
  OVERSAMPLING,
  tabulateKernel,
} from "./gridding_kernel.ts";
import type { StokesI } from "./stokes.ts";
import { assignPlanes, type WPlanes } from "./w_planes.ts";

/** What an imager needs to know. */
export interface ImagerOptions {
  /** Baselines and frequencies; the visibilities themselves are given to the methods. */
  data: Pick<StokesI, "rowCount" | "frequenciesHz" | "uvwM">;
  /** Imaging weight per sample. */
  weights: Float32Array;
  /** Width of the image, in pixels: a power of two. */
  size: number;
  /** Width of a pixel, in radians. */
  cellRad: number;
}

/** Called for each sample that lies on the grid, with where its kernel starts and which entries it takes. */
type Visit = (sample: number, x: number, y: number, kernelX: number, kernelY: number) => void;

/** Makes images from visibilities, and visibilities from images. */
export class Imager {
  readonly #options: ImagerOptions;
  readonly #gridSize: number;
  readonly #fft: Fft;
  readonly #kernel: Float64Array;
  readonly #correction: Float64Array;
  readonly #weightSum: number;
  readonly #planes: WPlanes;
  /** Largest distance of a sample's cells from u = 0. */
  readonly #uReach: number;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;

  /** Prepares grids; they are kept, because they are large. */
  constructor(options: ImagerOptions) {
    const gridSize = OVERSAMPLING * options.size;
    this.#options = options;
    this.#gridSize = gridSize;
    this.#fft = new Fft(gridSize);
    this.#kernel = tabulateKernel();
    this.#correction = Float64Array.from(
      { length: gridSize + 1 },
      (_, k) => kernelTransform(k / gridSize - 0.5),
    );
    this.#planes = assignPlanes(options.data, options.size * options.cellRad);
    this.#real = new Float64Array(gridSize ** 2);
    this.#imaginary = new Float64Array(gridSize ** 2);
    let [sum, reach] = [0, 0];
    for (let plane = 0; plane < this.#planes.w.length; plane++) {
      this.#visitSamples(plane, (sample, x) => {
        sum += options.weights[sample];
        reach = Math.max(reach, Math.abs(x), Math.abs(x + KERNEL_WIDTH));
      });
    }
    this.#weightSum = sum;
    this.#uReach = reach;
  }

  /** Number of w planes. */
  get planeCount(): number {
    return this.#planes.w.length;
  }

  /**
   * The dirty image: the weighted sum over samples of V exp(-2 pi i (u l + v m + w (n - 1))), in Jy per beam.
   *
   * @param visibility Real and imaginary part per sample.
   */
  dirty(visibility: Float32Array): Float64Array {
    const { size } = this.#options;
    const image = new Float64Array(size * size);
    this.#planes.w.forEach((w, plane) => {
      this.#grid(plane, (sample) => visibility[2 * sample], (sample) => visibility[2 * sample + 1]);
      this.#fft.square(this.#real, this.#imaginary, -1, size / 2);
      this.#visitPixels(size, w, (pixel, cell, scale, cos, sin) => {
        image[pixel] += (this.#real[cell] * cos + this.#imaginary[cell] * sin) / (scale * this.#weightSum);
      });
    });
    return image;
  }

  /**
   * The point spread function, twice as wide as the image, so that one at an edge still reaches the other.
   *
   * Its outermost pixels suffer from aliases; major cycles make up for that.
   */
  pointSpread(): Float32Array {
    const psf = new Float32Array(this.#gridSize ** 2);
    this.#planes.w.forEach((_, plane) => {
      this.#grid(plane, () => 1, () => 0);
      this.#fft.square(this.#real, this.#imaginary, -1);
      this.#visitPixels(this.#gridSize, 0, (pixel, cell, scale) => {
        psf[pixel] += this.#real[cell] / (scale * this.#weightSum);
      });
    });
    return psf;
  }

  /**
   * Subtracts from visibilities, in place, what a model of point sources at pixel centres predicts.
   *
   * @param visibility Real and imaginary part per sample.
   * @param model Flux density per pixel, in Jy.
   */
  subtract(visibility: Float32Array, model: Float64Array): void {
    const { size } = this.#options;
    this.#planes.w.forEach((w, plane) => {
      this.#real.fill(0);
      this.#imaginary.fill(0);
      this.#visitPixels(size, w, (pixel, cell, scale, cos, sin) => {
        this.#real[cell] = model[pixel] / scale * cos;
        this.#imaginary[cell] = model[pixel] / scale * sin;
      });
      this.#fft.square(this.#real, this.#imaginary, 1, this.#uReach);
      this.#degrid(plane, visibility);
    });
  }

  #grid(plane: number, realOf: (sample: number) => number, imaginaryOf: (sample: number) => number): void {
    const { weights } = this.#options;
    const [real, imaginary, kernel, size] = [this.#real, this.#imaginary, this.#kernel, this.#gridSize];
    real.fill(0);
    imaginary.fill(0);
    this.#visitSamples(plane, (sample, x, y, kernelX, kernelY) => {
      const re = weights[sample] * realOf(sample);
      const im = weights[sample] * imaginaryOf(sample);
      for (let j = 0; j < KERNEL_WIDTH; j++) {
        const row = (y + j & size - 1) * size;
        for (let k = 0; k < KERNEL_WIDTH; k++) {
          const cell = row + (x + k & size - 1);
          const factor = kernel[kernelY + j] * kernel[kernelX + k];
          real[cell] += re * factor;
          imaginary[cell] += im * factor;
        }
      }
    });
  }

  #degrid(plane: number, visibility: Float32Array): void {
    const [real, imaginary, kernel, size] = [this.#real, this.#imaginary, this.#kernel, this.#gridSize];
    this.#visitSamples(plane, (sample, x, y, kernelX, kernelY) => {
      let [re, im] = [0, 0];
      for (let j = 0; j < KERNEL_WIDTH; j++) {
        const row = (y + j & size - 1) * size;
        for (let k = 0; k < KERNEL_WIDTH; k++) {
          const cell = row + (x + k & size - 1);
          const factor = kernel[kernelY + j] * kernel[kernelX + k];
          re += real[cell] * factor;
          im += imaginary[cell] * factor;
        }
      }
      visibility[2 * sample] -= re;
      visibility[2 * sample + 1] -= im;
    });
  }

  #visitSamples(plane: number, visit: Visit): void {
    const { data, weights, cellRad } = this.#options;
    const scale = this.#gridSize * cellRad / SPEED_OF_LIGHT;
    const factors = data.frequenciesHz.map((frequency) => frequency * scale);
    const limit = this.#gridSize / 2 - KERNEL_WIDTH;
    for (let row = 0; row < data.rowCount; row++) {
      if (this.#planes.ofRow[row] !== plane) continue;
      for (let channel = 0; channel < factors.length; channel++) {
        const sample = row * factors.length + channel;
        if (weights[sample] === 0) continue;
        const u = data.uvwM[3 * row] * factors[channel];
        const v = data.uvwM[3 * row + 1] * factors[channel];
        if (Math.abs(u) > limit || Math.abs(v) > limit) continue;
        const [x, y] = [Math.ceil(u - KERNEL_WIDTH / 2), Math.ceil(v - KERNEL_WIDTH / 2)];
        visit(sample, x, y, kernelEntry(x, u), kernelEntry(y, v));
      }
    }
  }

  /** Visits the pixels of an image whose centre is the grid's: zero frequencies and offsets stand at index 0. */
  #visitPixels(
    size: number,
    w: number,
    visit: (pixel: number, cell: number, scale: number, cos: number, sin: number) => void,
  ): void {
    const grid = this.#gridSize;
    const { cellRad } = this.#options;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [l, m] = [size / 2 - x, y - size / 2];
        const cell = (m & grid - 1) * grid + (l & grid - 1);
        const scale = this.#correction[l + grid / 2] * this.#correction[m + grid / 2];
        if (w === 0) {
          visit(y * size + x, cell, scale, 1, 0);
          continue;
        }
        const phase = 2 * Math.PI * w * (Math.sqrt(1 - (l * l + m * m) * cellRad ** 2) - 1);
        visit(y * size + x, cell, scale, Math.cos(phase), Math.sin(phase));
      }
    }
  }
}

function kernelEntry(first: number, position: number): number {
  return KERNEL_WIDTH * Math.round((first + KERNEL_WIDTH / 2 - position) * KERNEL_STEPS);
}
