/**
 * What calibration does, as a picture: the same field without and with it, not deconvolved.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { chooseField } from "./field.ts";
import { Imager } from "./imager.ts";
import { drawPanels } from "./picture.ts";
import { noiseLevel } from "./statistics.ts";
import { loadStokesI } from "./stokes.ts";
import { readVissetMeta } from "./visset.ts";
import { briggsWeights } from "./weighting.ts";

/** Width of each image, in pixels. */
const SIZE = 256;
/** Of a large scan the beginning is enough, and takes a second. */
const MAX_SAMPLES = 2_000_000;

/** Draws dirty images of two vissets beside each other, as PNG; null when the beginning of one is all flagged. */
export function drawBeforeAfter(before: string, after: string): Uint8Array | null {
  try {
    return draw(before, after);
  } catch (error) {
    // No picture is worth a failed calibration.
    if (error instanceof BadInput) return null;
    throw error;
  }
}

function draw(before: string, after: string): Uint8Array {
  const panels = [["BEFORE", before], ["AFTER", after]].map(([title, folder]) => {
    const pixels = dirtyImage(folder);
    return { title, pixels, noise: noiseLevel(pixels) };
  });
  return drawPanels(panels, SIZE);
}

function dirtyImage(folder: string): Float64Array {
  const data = loadStokesI(folder, readVissetMeta(folder), MAX_SAMPLES);
  const { size, cellRad } = chooseField(data, null, { size: SIZE });
  const weights = briggsWeights(data, { size, cellRad, robust: 0.5 });
  return new Imager({ data, weights, size, cellRad }).dirty(data.visibility);
}
