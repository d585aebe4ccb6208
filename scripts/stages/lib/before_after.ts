/**
 * What calibration does, as a picture: the same field without and with it, not deconvolved.
 *
 * @module
 */

import { chooseField } from "./field.ts";
import { Imager } from "./imager.ts";
import { drawPanels } from "./picture.ts";
import { noiseLevel } from "./statistics.ts";
import { loadStokesI } from "./stokes.ts";
import { readVissetMeta } from "./visset.ts";
import { briggsWeights } from "./weighting.ts";

/** Width of each image, in pixels. */
const SIZE = 256;

/** Draws dirty images of two vissets beside each other, as PNG. */
export function drawBeforeAfter(before: string, after: string): Uint8Array {
  const panels = [["BEFORE", before], ["AFTER", after]].map(([title, folder]) => {
    const pixels = dirtyImage(folder);
    return { title, pixels, noise: noiseLevel(pixels) };
  });
  return drawPanels(panels, SIZE);
}

function dirtyImage(folder: string): Float64Array {
  const data = loadStokesI(folder, readVissetMeta(folder));
  const { size, cellRad } = chooseField(data, null, { size: SIZE });
  const weights = briggsWeights(data, { size, cellRad, robust: 0.5 });
  return new Imager({ data, weights, size, cellRad }).dirty(data.visibility);
}
