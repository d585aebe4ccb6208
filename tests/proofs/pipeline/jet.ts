/**
 * The jet of M87 in real data, which shows whether images are mirrored.
 *
 * @module
 */

import { decodeFits } from "../../../scripts/stages/lib/fits.ts";
import { readGeometry } from "../../../scripts/stages/lib/image_header.ts";
import { noiseLevel } from "../../../scripts/stages/lib/statistics.ts";
import { runChain, testData } from "../../stages/_chain.ts";

/** Pixels count above this many sigma. */
const LEAST_SIGMA = 5;

/** Flux density on both sides of the core, in Jy. */
export interface Jet {
  /** West of the core: to the right. */
  westJy: number;
  /** East of the core. */
  eastJy: number;
  /** Brightest pixel, in Jy per beam. */
  coreJy: number;
  /** Direction of the western flux from the core, in degrees from north through east; about 290 in the literature. */
  positionAngleDeg: number;
}

/** Images M87 by the chain `quick` and measures the jet: what is more than one beam away from the core. */
export async function measureJet(folder: string): Promise<Jet> {
  const { image } = await runChain(folder, ["convert_uvh5", "image"], {
    params: { input: testData("vlba_m87_8ghz.uvh5") },
  });
  const path = String(image.result.fits);
  const { pixels, width, ...rest } = decodeFits(await Deno.readFile(path), path);
  const { beam, projection } = readGeometry({ pixels, width, ...rest }, path);
  const core = pixels.reduce((best, value, k) => value > pixels[best] ? k : best, 0);
  const least = LEAST_SIGMA * noiseLevel(pixels);
  const radius = beam.majorRad / projection.cellRad;
  const [west, east, sum] = [[0], [0], [0, 0]];
  pixels.forEach((value, k) => {
    const [dx, dy] = [k % width - core % width, Math.floor(k / width) - Math.floor(core / width)];
    if (value < least || Math.hypot(dx, dy) < radius) return;
    (dx > 0 ? west : east)[0] += value;
    if (dx > 0) [sum[0], sum[1]] = [sum[0] + value * dx, sum[1] + value * dy];
  });
  // From a sum over pixels to Jy: divide by the beam's area in pixels.
  const area = Math.PI / (4 * Math.LN2) * beam.majorRad * beam.minorRad / projection.cellRad ** 2;
  return {
    westJy: west[0] / area,
    eastJy: east[0] / area,
    coreJy: pixels[core],
    positionAngleDeg: (Math.atan2(-sum[0], sum[1]) * 180 / Math.PI + 360) % 360,
  };
}
