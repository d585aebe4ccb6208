/**
 * Robust statistics.
 *
 * @module
 */

/** Most values that {@linkcode noiseLevel} sorts; more are thinned out evenly: known to 1 %. */
const SAMPLE_LIMIT = 1 << 14;

/** The standard deviation of a normal distribution over its median absolute deviation. */
const SIGMA_PER_MAD = 1.4826;

/** The middle value of a list (the upper of two); NaN for an empty one. */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? NaN : sorted[sorted.length >> 1];
}

/**
 * Noise of an image: 1.4826 times the median absolute deviation from the median, which sources hardly affect.
 *
 * @param pixels An image; values that are not numbers are left out.
 */
export function noiseLevel(pixels: Float32Array | Float64Array): number {
  const step = Math.max(1, pixels.length / SAMPLE_LIMIT);
  const sample = Float64Array.from(
    { length: Math.floor(pixels.length / step) },
    (_, k) => pixels[Math.floor(k * step)],
  )
    .filter(Number.isFinite);
  const middle = median(sample);
  return SIGMA_PER_MAD * median(sample.map((value) => Math.abs(value - middle)));
}
