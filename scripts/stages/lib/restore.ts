/**
 * The restored image: components drawn as beams on top of the residual.
 *
 * @module
 */

import { beamAt, type BeamShape } from "./beam.ts";

/** A beam is drawn out to where it falls below exp(-REACH). */
const REACH = 12;

/**
 * Adds a beam of the component's flux at each component.
 *
 * @param residual Residual image, in Jy per beam; not changed.
 * @param model Components, in Jy per pixel.
 * @param options `size`: width of the images, in pixels; `shape`: the beam.
 */
export function restore(
  residual: Float64Array,
  model: Float64Array,
  { size, shape }: { size: number; shape: BeamShape },
): Float64Array {
  const image = residual.slice();
  const smallest = (shape.xx + shape.yy) / 2 - Math.hypot((shape.xx - shape.yy) / 2, shape.xy / 2);
  const radius = Math.ceil(Math.sqrt(REACH / smallest));
  model.forEach((flux, pixel) => {
    if (flux === 0) return;
    const [x0, y0] = [pixel % size, Math.floor(pixel / size)];
    for (let y = Math.max(0, y0 - radius); y <= Math.min(size - 1, y0 + radius); y++) {
      for (let x = Math.max(0, x0 - radius); x <= Math.min(size - 1, x0 + radius); x++) {
        image[y * size + x] += flux * beamAt(shape, x - x0, y - y0);
      }
    }
  });
  return image;
}
