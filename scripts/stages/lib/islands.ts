/**
 * Islands: groups of bright pixels that hang together.
 *
 * @module
 */

/** A group of pixels. */
export interface Island {
  /** Indices of its pixels. */
  pixels: number[];
  /** Index of the brightest. */
  peak: number;
}

/**
 * Finds islands by flood filling, diagonal neighbours included.
 *
 * @param pixels An image, row by row.
 * @param width Its columns.
 * @param isBright Says whether a pixel belongs to an island.
 */
export function findIslands(
  pixels: Float32Array,
  width: number,
  isBright: (pixel: number) => boolean,
): Island[] {
  const seen = new Uint8Array(pixels.length);
  const islands: Island[] = [];
  for (let start = 0; start < pixels.length; start++) {
    if (seen[start] === 0 && isBright(start)) islands.push(fill(start));
  }
  return islands;

  function fill(start: number): Island {
    const members = [start];
    seen[start] = 1;
    let peak = start;
    for (const pixel of members) {
      if (pixels[pixel] > pixels[peak]) peak = pixel;
      for (const next of neighbours(pixel, width, pixels.length)) {
        if (seen[next] === 1 || !isBright(next)) continue;
        seen[next] = 1;
        members.push(next);
      }
    }
    return { pixels: members, peak };
  }
}

function* neighbours(pixel: number, width: number, count: number): Generator<number> {
  const x = pixel % width;
  for (const row of [pixel - width, pixel, pixel + width]) {
    if (row < 0 || row >= count) continue;
    for (let dx = -1; dx <= 1; dx++) {
      if (x + dx >= 0 && x + dx < width && row + dx !== pixel) yield row + dx;
    }
  }
}
