/**
 * Sorting baselines into planes of similar w.
 *
 * @module
 */

import { SPEED_OF_LIGHT } from "./constants.ts";
import type { StokesI } from "./stokes.ts";

/** Largest phase error in the image's corners that a plane may cause, in radians: 0.7 % of a flux density there. */
const MAX_PHASE_ERROR = 0.2;

/** Limit of planes: each costs a Fourier transform. Wider fields than that need facets or w-projection. */
export const MAX_PLANES = 32;

/** The planes of a data set. */
export interface WPlanes {
  /** Central w of each plane, in wavelengths; a single plane has w = 0 where w does not matter. */
  w: number[];
  /** Plane of each row. */
  ofRow: Uint8Array;
}

/**
 * Chooses as many planes as the field of view asks for.
 *
 * @param data Baselines and frequencies; w is taken at the middle of the band.
 * @param fieldRad Width of the image, in radians.
 */
export function assignPlanes(
  data: Pick<StokesI, "rowCount" | "frequenciesHz" | "uvwM">,
  fieldRad: number,
): WPlanes {
  const meanHz = data.frequenciesHz.reduce((sum, frequency) => sum + frequency, 0) /
    data.frequenciesHz.length;
  const wOf = (row: number) => data.uvwM[3 * row + 2] * meanHz / SPEED_OF_LIGHT;
  let [least, most] = [Infinity, -Infinity];
  for (let row = 0; row < data.rowCount; row++) {
    least = Math.min(least, wOf(row));
    most = Math.max(most, wOf(row));
  }
  const cornerSag = 1 - Math.sqrt(Math.max(0, 1 - fieldRad ** 2 / 2));
  const largest = Math.max(Math.abs(least), Math.abs(most));
  if (2 * Math.PI * largest * cornerSag <= MAX_PHASE_ERROR) {
    return { w: [0], ofRow: new Uint8Array(data.rowCount) };
  }
  const wanted = Math.ceil(Math.PI * (most - least) * cornerSag / MAX_PHASE_ERROR);
  const count = Math.max(1, Math.min(MAX_PLANES, wanted));
  const spacing = (most - least) / count;
  return {
    w: Array.from({ length: count }, (_, plane) => least + (plane + 0.5) * spacing),
    ofRow: Uint8Array.from({ length: data.rowCount }, (_, row) => {
      return Math.min(count - 1, Math.floor((wOf(row) - least) / (spacing || 1)));
    }),
  };
}
