/**
 * A synthetic array in the manner of DSA-110: a T of short arms, and a third of the antennas scattered around it. Along
 * the arms antennas stand ever further apart: at even distances so few of them would see each source several times.
 *
 * @module
 */

/** Where the array stands: a valley floor in California. */
export const SITE = { latitudeDeg: 37.2334, longitudeDeg: -118.2834, altitudeM: 1180 };

/** Diameter of the dishes, in metres. */
export const DIAMETER_M = 4.65;

const RAD_PER_DEG = Math.PI / 180;
/** Length of the arms: both to the east and to the west, and to the north, in metres. */
const ARM_M = 200;
/** Distances along an arm grow as this power. */
const SPREAD = 1.5;
/** The outermost antenna's distance from the centre, in metres. */
const REACH_M = 1150;
/** Turning by this angle from one antenna to the next spreads them most evenly. */
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** Positions of an array's antennas; three numbers each, in metres. */
export interface AntennaArray {
  /** Number of antennas. */
  count: number;
  /** Towards the meridian at the equator, the east, and the pole. */
  localM: Float64Array;
  /** The same relative to the array's centre in the Earth-centred frame, as files have it. */
  earthM: Float64Array;
}

/** Makes an array of that many antennas; the same one each time. */
export function createArray(count: number): AntennaArray {
  const outer = Math.max(2, Math.round(count / 3));
  const inner = count - outer;
  const places = Array.from({ length: count }, (_, k) => {
    return k < inner ? armPlace(k, inner) : outerPlace(k - inner, outer);
  });
  const localM = Float64Array.from(places.flatMap(toLocal));
  return { count, localM, earthM: toEarth(localM) };
}

type Place = [eastM: number, northM: number];

/** The antennas stand in turn on the western, the eastern and the northern arm. */
function armPlace(k: number, count: number): Place {
  const distance = ARM_M * ((k + 1) / count) ** SPREAD;
  return ([[-distance, 0], [distance, 0], [0, distance]] as Place[])[k % 3];
}

function outerPlace(k: number, count: number): Place {
  const distance = ARM_M + (REACH_M - ARM_M) * Math.sqrt((k + 1) / count);
  return [distance * Math.cos(k * GOLDEN_ANGLE), distance * Math.sin(k * GOLDEN_ANGLE)];
}

function toLocal([eastM, northM]: Place): number[] {
  const latitude = SITE.latitudeDeg * RAD_PER_DEG;
  return [-Math.sin(latitude) * northM, eastM, Math.cos(latitude) * northM];
}

function toEarth(localM: Float64Array): Float64Array {
  const longitude = SITE.longitudeDeg * RAD_PER_DEG;
  const [sin, cos] = [Math.sin(longitude), Math.cos(longitude)];
  const earthM = localM.slice();
  for (let k = 0; k < localM.length; k += 3) {
    earthM[k] = cos * localM[k] - sin * localM[k + 1];
    earthM[k + 1] = sin * localM[k] + cos * localM[k + 1];
  }
  return earthM;
}
