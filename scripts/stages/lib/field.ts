/**
 * How large an image should be, and how fine.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { ARCSEC_PER_RAD, SPEED_OF_LIGHT } from "./constants.ts";
import type { StokesI } from "./stokes.ts";

/** Smallest and largest width that is chosen by itself, in pixels; up to MAX_SIZE may be asked for. */
const DEFAULT_SIZES = { smallest: 256, usual: 512, largest: 1024 };

/** Largest width of an image, in pixels: its grids then take about 500 MB. */
export const MAX_SIZE = 2048;

/** An image's raster. */
export interface Field {
  /** Width, in pixels: a power of two. */
  size: number;
  /** Width of a pixel, in radians. */
  cellRad: number;
  /** True when the field of view asked for more pixels than are made by themselves. */
  capped: boolean;
}

/** What the user asked for. */
export interface FieldOptions {
  /** Width, in pixels. */
  size?: number;
  /** Width of a pixel, in arcseconds. */
  cellArcsec?: number;
}

/**
 * Chooses the raster of an image.
 *
 * The finest beam that baselines up to B wavelengths can make, that of a disk filled evenly, is 0.705 / B wide; the
 * pixel is a quarter of that, rounded down to two digits. The field is twice as wide as the antenna's own beam at
 * half power, 1.02 wavelengths / diameter, and 512 pixels where the diameter is unknown.
 *
 * @param data Baselines, frequencies and weights.
 * @param diameterM Diameter of the antennas, in metres, if known.
 * @param asked What the user wants instead.
 * @throws {BadInput} when the wanted pixel is too wide for the longest baseline.
 */
export function chooseField(data: StokesI, diameterM: number | null, asked: FieldOptions = {}): Field {
  const longest = longestBaseline(data);
  const cellArcsec = asked.cellArcsec ?? roundDown(0.705 / longest / 4 * ARCSEC_PER_RAD);
  const coarsest = 0.705 / longest / 2 * ARCSEC_PER_RAD;
  if (cellArcsec > coarsest) {
    throw new BadInput(
      `Parameter "cell_arcsec" is ${cellArcsec}, too wide for a beam of ${
        (2 * coarsest).toPrecision(2)
      } arcsec: ` +
        `give at most ${roundDown(coarsest)}, or leave it out`,
    );
  }
  const cellRad = cellArcsec / ARCSEC_PER_RAD;
  if (asked.size !== undefined) return { size: asked.size, cellRad, capped: false };
  const wanted = wantedSize(data, diameterM, cellRad);
  const size = Math.min(DEFAULT_SIZES.largest, Math.max(DEFAULT_SIZES.smallest, wanted));
  return { size, cellRad, capped: wanted > size };
}

function wantedSize(data: StokesI, diameterM: number | null, cellRad: number): number {
  if (diameterM === null) return DEFAULT_SIZES.usual;
  const wavelength = SPEED_OF_LIGHT / Math.min(...data.frequenciesHz);
  return 2 ** Math.ceil(Math.log2(2 * 1.02 * wavelength / diameterM / cellRad));
}

/** Length of the longest baseline with data, projected on the sky, in wavelengths. */
function longestBaseline(data: StokesI): number {
  const channelCount = data.frequenciesHz.length;
  const highest = data.frequenciesHz.reduce((most, frequency) => Math.max(most, frequency), 0);
  let longest = 0;
  for (let row = 0; row < data.rowCount; row++) {
    const hasData = data.weight.subarray(row * channelCount, (row + 1) * channelCount).some((weight) =>
      weight > 0
    );
    if (hasData) longest = Math.max(longest, Math.hypot(data.uvwM[3 * row], data.uvwM[3 * row + 1]));
  }
  if (longest > 0) return longest * highest / SPEED_OF_LIGHT;
  throw new BadInput("All baselines have length zero: there is nothing to image");
}

function roundDown(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.floor(value / unit) * unit).toPrecision(2));
}
