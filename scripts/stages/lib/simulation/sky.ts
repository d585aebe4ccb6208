/**
 * Synthetic skies: point sources at random places, with random flux densities.
 *
 * @module
 */

/** A point source. */
export interface SkySource {
  /** Right ascension, in radians. */
  raRad: number;
  /** Declination, in radians. */
  decRad: number;
  /** Flux density, in Jy. */
  fluxJy: number;
}

/** A direction. */
export interface Direction {
  /** Right ascension, in radians. */
  raRad: number;
  /** Declination, in radians. */
  decRad: number;
}

/** Sources keep at least this distance from each other, in radians: some five beams. */
const LEAST_SEPARATION_RAD = 120 / 206_265;
/** Range of flux densities, in Jy; their logarithms are spread evenly. */
const FLUX_RANGE_JY = [0.2, 3];

/** What a sky is like. */
export interface SkyOptions {
  /** Number of sources. */
  count: number;
  /** Middle of the field. */
  centre: Direction;
  /** Half the width of the square that they lie in, in radians. */
  halfWidthRad: number;
}

/**
 * Draws a sky.
 *
 * @throws {RangeError} when so many sources do not fit into the field.
 */
export function drawSky(random: () => number, { count, centre, halfWidthRad }: SkyOptions): SkySource[] {
  const places: [l: number, m: number][] = [];
  for (let tries = 0; places.length < count; tries++) {
    if (tries > 1000 * count) throw new RangeError(`${count} sources do not fit into the field`);
    const place: [number, number] = [
      halfWidthRad * (2 * random() - 1),
      halfWidthRad * (2 * random() - 1),
    ];
    if (places.every(([l, m]) => Math.hypot(place[0] - l, place[1] - m) >= LEAST_SEPARATION_RAD)) {
      places.push(place);
    }
  }
  const [least, most] = FLUX_RANGE_JY.map(Math.log);
  return places.map(([l, m]) => {
    return { ...toDirection(l, m, centre), fluxJy: Math.exp(least + (most - least) * random()) };
  });
}

/** The direction with these direction cosines from a centre. */
function toDirection(l: number, m: number, { raRad, decRad }: Direction): Direction {
  const n = Math.sqrt(1 - l * l - m * m);
  return {
    raRad: raRad + Math.atan2(l, n * Math.cos(decRad) - m * Math.sin(decRad)),
    decRad: Math.asin(m * Math.cos(decRad) + n * Math.sin(decRad)),
  };
}

/** Direction cosines of a direction from a centre: towards the east, the north, and along the line of sight less 1. */
export function directionCosines(
  { raRad, decRad }: Direction,
  centre: Direction,
): [l: number, m: number, nLess1: number] {
  const difference = raRad - centre.raRad;
  const [sin, cos] = [Math.sin(decRad), Math.cos(decRad)];
  const [sin0, cos0] = [Math.sin(centre.decRad), Math.cos(centre.decRad)];
  const [l, m] = [cos * Math.sin(difference), sin * cos0 - cos * sin0 * Math.cos(difference)];
  return [l, m, Math.sqrt(1 - l * l - m * m) - 1];
}
