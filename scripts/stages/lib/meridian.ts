/**
 * Files that are fringe-stopped on the meridian, as DSA-110 writes them: every integration has its phase centre at
 * hour angle zero, so that the sky drifts through, and the baselines do not change. They are turned to one fixed
 * position, that of the meridian at the middle of the observation, in the apparent place of date.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { SPEED_OF_LIGHT } from "./constants.ts";
import type { Hdf5File } from "./hdf5.ts";
import { greenwichSiderealTime, SIDEREAL_DAYS_PER_DAY } from "./sidereal_time.ts";
import type { Uvh5Header } from "./uvh5_header.ts";
import type { PhaseCentre, VisibilityBlock } from "./visset.ts";

/** How far the file's baselines may be from those of its antenna positions, in metres. */
const TOLERANCE_M = 0.05;
const KEYWORDS = "Header/extra_keywords";

/** A file's pointing: where it looks, and when which right ascension passes. */
export interface MeridianPointing {
  /** The position that the visibilities are turned to. */
  centre: PhaseCentre;
  /** The same right ascension, in radians. */
  raRad: number;
  /** Declination, in radians. */
  decRad: number;
  /** Hour angle of the file's own phase centre, in radians. */
  hourAngleRad: number;
  /** Longitude of the array, in radians. */
  longitudeRad: number;
  /** Sidereal time of each integration, in radians, by Julian date. */
  siderealTimes: Map<number, number>;
}

/**
 * Reads the pointing of a meridian file.
 *
 * Sidereal times are those of the file (`lst_array`); without them they are computed, taking UTC for UT1 unless the
 * file gives the difference (`dut1`).
 *
 * @throws {BadInput} naming what is missing.
 */
export function readMeridianPointing(file: Hdf5File, header: Uvh5Header): MeridianPointing {
  const decRad = requireNumber(file, `${KEYWORDS}/phase_center_dec`);
  const longitudeRad = requireNumber(file, "Header/longitude") * Math.PI / 180;
  const siderealTimes = readSiderealTimes(file, header, longitudeRad);
  const times = [...siderealTimes.keys()].sort((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)!];
  const turn = 2 * Math.PI;
  const raRad = (siderealTimes.get(first)! + (last - first) / 2 * turn * SIDEREAL_DAYS_PER_DAY) % turn;
  const raDeg = (raRad * 180 / Math.PI + 360) % 360;
  return {
    centre: { name: "meridian", raDeg, decDeg: decRad * 180 / Math.PI, frame: "GAPPT", equinox: null },
    raRad,
    decRad,
    hourAngleRad: file.number(`${KEYWORDS}/ha_phase_center`) ?? 0,
    longitudeRad,
    siderealTimes,
  };
}

function requireNumber(file: Hdf5File, name: string): number {
  const value = file.number(name);
  if (value !== undefined) return value;
  throw new BadInput(
    `Dataset ${name} is missing in ${file.path}: a file fringe-stopped on the meridian needs it`,
  );
}

function readSiderealTimes(file: Hdf5File, header: Uvh5Header, longitudeRad: number): Map<number, number> {
  const listed = file.has("Header/lst_array") ? file.numbers("Header/lst_array") : undefined;
  const ut1MinusUtcDays = (file.number("Header/dut1") ?? 0) / 86_400;
  const times = new Map<number, number>();
  header.timeJd.forEach((time, row) => {
    if (times.has(time)) return;
    times.set(time, listed?.[row] ?? greenwichSiderealTime(time + ut1MinusUtcDays) + longitudeRad);
  });
  return times;
}

/**
 * Turns visibilities to the pointing's fixed position: V exp(-2 pi i (w' - w) / wavelength), where w' belongs to the
 * position's hour angle at the time.
 *
 * @yields The same blocks, changed in place.
 * @throws {BadInput} when the file's baselines are not those of its antenna positions.
 */
export function* turnToFixedPosition(
  blocks: Iterable<VisibilityBlock>,
  header: Uvh5Header,
  pointing: MeridianPointing,
): Generator<VisibilityBlock> {
  const positions = turnToMeridian(header.antennaPositionsM, pointing.longitudeRad);
  for (const block of blocks) {
    for (let row = 0; row < block.rowCount; row++) {
      const baseline = [0, 1, 2].map((axis) => {
        return positions[3 * block.antenna2[row] + axis] - positions[3 * block.antenna1[row] + axis];
      });
      const hourAngle = pointing.siderealTimes.get(block.timeJd[row])! - pointing.raRad;
      const before = projectBaseline(baseline, pointing.hourAngleRad, pointing.decRad);
      const after = projectBaseline(baseline, hourAngle, pointing.decRad);
      checkBaseline(block.uvwM.subarray(3 * row, 3 * row + 3), before);
      block.uvwM.set(after, 3 * row);
      turnRow(block, row, header, (after[2] - before[2]) / SPEED_OF_LIGHT);
    }
    yield block;
  }
}

/** Turns Earth-centred coordinates about the axis, so that x points to the local meridian and y to the east. */
function turnToMeridian(positions: Float64Array, longitudeRad: number): Float64Array {
  const [sin, cos] = [Math.sin(longitudeRad), Math.cos(longitudeRad)];
  const turned = positions.slice();
  for (let k = 0; k < positions.length; k += 3) {
    turned[k] = cos * positions[k] + sin * positions[k + 1];
    turned[k + 1] = cos * positions[k + 1] - sin * positions[k];
  }
  return turned;
}

/**
 * Baseline coordinates u, v, w towards a direction (A. R. Thompson, J. M. Moran, G. W. Swenson, "Interferometry and
 * Synthesis in Radio Astronomy", 3rd edition, equation 4.1).
 *
 * @param baseline Towards the meridian at the equator, the east, and the pole, in metres.
 */
export function projectBaseline(
  baseline: readonly number[],
  hourAngleRad: number,
  decRad: number,
): [u: number, v: number, w: number] {
  const [x, y, z] = baseline;
  const [sinH, cosH] = [Math.sin(hourAngleRad), Math.cos(hourAngleRad)];
  const [sinD, cosD] = [Math.sin(decRad), Math.cos(decRad)];
  return [
    sinH * x + cosH * y,
    -sinD * cosH * x + sinD * sinH * y + cosD * z,
    cosD * cosH * x - cosD * sinH * y + sinD * z,
  ];
}

function checkBaseline(found: Float64Array, expected: readonly number[]): void {
  const distance = Math.hypot(...expected.map((value, axis) => value - found[axis]));
  if (distance <= TOLERANCE_M * Math.max(1, Math.hypot(...expected) / 1000)) return;
  throw new BadInput(
    `Dataset Header/uvw_array disagrees with Header/antenna_positions by ${distance.toPrecision(2)} m: ` +
      "the file is not fringe-stopped where its header says; write it again",
  );
}

function turnRow(block: VisibilityBlock, row: number, header: Uvh5Header, delaySec: number): void {
  const hands = header.parallelHands.length;
  let sample = row * header.channelCount * hands;
  for (const frequency of header.frequenciesHz) {
    const phase = -2 * Math.PI * delaySec * frequency;
    const [cos, sin] = [Math.cos(phase), Math.sin(phase)];
    for (let p = 0; p < hands; p++, sample++) {
      const [real, imaginary] = [block.visibility[2 * sample], block.visibility[2 * sample + 1]];
      block.visibility[2 * sample] = real * cos - imaginary * sin;
      block.visibility[2 * sample + 1] = real * sin + imaginary * cos;
    }
  }
}
