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

import { GridTransform } from "./grid_transform.ts";
import { Gridder } from "./gridder.ts";
import { kernelTransform, OVERSAMPLING } from "./gridding_kernel.ts";
import type { StokesI } from "./stokes.ts";
import { assignPlanes } from "./w_planes.ts";

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

/** Makes images from visibilities, and visibilities from images. */
export class Imager {
  readonly #size: number;
  readonly #cellRad: number;
  readonly #gridSize: number;
  readonly #gridder: Gridder;
  readonly #transform: GridTransform;
  /** The kernel's Fourier transform along an axis of the grid. */
  readonly #correction: Float64Array;
  /** Central w of each plane, in wavelengths. */
  readonly #w: readonly number[];
  /** One plane's grid, and its image; they are kept, because they are large. */
  readonly #grid: Float32Array;
  readonly #image: Float32Array;
  /** exp(2 pi i w (n - 1)) of one plane, in the quarter of the image that the others mirror. */
  readonly #cos: Float32Array;
  readonly #sin: Float32Array;

  /** Prepares grids. */
  constructor({ data, weights, size, cellRad }: ImagerOptions) {
    const gridSize = OVERSAMPLING * size;
    const planes = assignPlanes(data, size * cellRad);
    this.#size = size;
    this.#cellRad = cellRad;
    this.#gridSize = gridSize;
    this.#w = planes.w;
    this.#gridder = new Gridder({ data, weights, gridSize, cellRad, planes });
    this.#transform = new GridTransform(gridSize);
    this.#correction = Float64Array.from(
      { length: gridSize },
      (_, k) => kernelTransform(k / gridSize - 0.5),
    );
    this.#grid = new Float32Array(2 * gridSize ** 2);
    this.#image = new Float32Array(2 * size ** 2);
    [this.#cos, this.#sin] = [0, 1].map(() => new Float32Array((size / 2 + 1) ** 2));
  }

  /** Number of w planes. */
  get planeCount(): number {
    return this.#w.length;
  }

  /**
   * The dirty image: the weighted sum over samples of V exp(-2 pi i (u l + v m + w (n - 1))), in Jy per beam.
   *
   * @param visibility Real and imaginary part per sample.
   */
  dirty(visibility: Float32Array): Float64Array {
    const size = this.#size;
    const image = new Float64Array(size * size);
    this.#w.forEach((w, plane) => {
      this.#grid.fill(0);
      this.#gridder.grid(this.#grid, plane, visibility);
      this.#transform.toImage(this.#grid, this.#gridder.reach, this.#image, size);
      this.#addPlane(image, w);
    });
    return image;
  }

  /**
   * The point spread function, twice as wide as the image, so that one at an edge still reaches the other.
   *
   * Its outermost pixels suffer from aliases; major cycles make up for that.
   */
  pointSpread(): Float32Array {
    const size = this.#gridSize;
    this.#grid.fill(0);
    this.#w.forEach((_, plane) => this.#gridder.grid(this.#grid, plane, null));
    this.#transform.toImage(this.#grid, this.#gridder.reach, this.#grid, size);
    const psf = new Float32Array(size * size);
    for (let y = 0; y < size; y++) {
      const scale = this.#gridder.weightSum * this.#correction[y];
      for (let x = 0; x < size; x++) {
        psf[y * size + x] = this.#grid[2 * (y * size + x)] / (scale * this.#correction[x]);
      }
    }
    return psf;
  }

  /**
   * Subtracts from visibilities, in place, what a model of point sources at pixel centres predicts.
   *
   * @param visibility Real and imaginary part per sample.
   * @param model Flux density of each source, in Jy, by pixel.
   */
  subtract(visibility: Float32Array, model: ReadonlyMap<number, number>): void {
    this.#w.forEach((w, plane) => {
      this.#fillPlane(model, w);
      this.#transform.toGrid(this.#image, this.#size, this.#grid, this.#gridder.reach);
      this.#gridder.subtract(this.#grid, plane, visibility);
    });
  }

  /** Adds the real part of plane x exp(-2 pi i w (n - 1)) to an image. */
  #addPlane(image: Float64Array, w: number): void {
    const [size, half, plane] = [this.#size, this.#size / 2, this.#image];
    const total = this.#gridder.weightSum;
    if (w !== 0) this.#prepareRotation(w);
    for (let y = 0, pixel = 0; y < size; y++) {
      const row = Math.abs(y - half) * (half + 1);
      for (let x = 0; x < size; x++, pixel++) {
        let value = plane[2 * pixel];
        if (w !== 0) {
          const place = row + Math.abs(x - half);
          value = value * this.#cos[place] + plane[2 * pixel + 1] * this.#sin[place];
        }
        image[pixel] += value / (total * this.#correctionAt(x, y));
      }
    }
  }

  /** Works out the rotations of a plane; they are the same in both directions, and along both axes. */
  #prepareRotation(w: number): void {
    const half = this.#size / 2;
    for (let m = 0; m <= half; m++) {
      for (let l = m; l <= half; l++) {
        const phase = this.#phase(w, l + half, m + half);
        const [one, other] = [m * (half + 1) + l, l * (half + 1) + m];
        this.#cos[one] = this.#cos[other] = Math.cos(phase);
        this.#sin[one] = this.#sin[other] = Math.sin(phase);
      }
    }
  }

  /** Makes the plane of a model: model x exp(+2 pi i w (n - 1)). */
  #fillPlane(model: ReadonlyMap<number, number>, w: number): void {
    const size = this.#size;
    this.#image.fill(0);
    for (const [pixel, flux] of model) {
      const [x, y] = [pixel % size, Math.floor(pixel / size)];
      const phase = w === 0 ? 0 : this.#phase(w, x, y);
      const value = flux / this.#correctionAt(x, y);
      this.#image[2 * pixel] = value * Math.cos(phase);
      this.#image[2 * pixel + 1] = value * Math.sin(phase);
    }
  }

  /** 2 pi w (n - 1) at a pixel. */
  #phase(w: number, x: number, y: number): number {
    const [l, m] = [(x - this.#size / 2) * this.#cellRad, (y - this.#size / 2) * this.#cellRad];
    return 2 * Math.PI * w * (Math.sqrt(1 - l * l - m * m) - 1);
  }

  /** The kernel's Fourier transform at a pixel of the image, which is the grid's inner half. */
  #correctionAt(x: number, y: number): number {
    const edge = (this.#gridSize - this.#size) / 2;
    return this.#correction[x + edge] * this.#correction[y + edge];
  }
}
