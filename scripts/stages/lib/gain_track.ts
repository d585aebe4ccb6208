/**
 * The gains of a visset's antennas at any time, from one calibration table or from several: between two tables
 * amplitudes and phases are interpolated linearly, before the first and after the last they stay as they are.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { gainIndex, type GainTable } from "./gain_table.ts";
import type { VissetMeta } from "./visset.ts";

/** Gains by time, in the order polarization, channel, antenna of the visset; pairs of real and imaginary part. */
export class GainTrack {
  readonly #times: readonly number[];
  readonly #gains: readonly Float64Array[];
  readonly #between: Float64Array;
  #at = NaN;

  /**
   * Matches tables with a visset.
   *
   * @param meta Description of the visset.
   * @param tables At least one.
   * @param positions Positions of the channels that gains are wanted for.
   * @throws {BadInput} when a table is of another array, or lacks a polarization or channel.
   */
  constructor(meta: VissetMeta, tables: readonly GainTable[], positions: readonly number[]) {
    const sorted = tables.toSorted((a, b) => middle(a) - middle(b));
    this.#times = sorted.map(middle);
    this.#gains = sorted.map((table) =>
      matchTable(meta, referTo(table, sorted[0].referenceAntenna), positions)
    );
    this.#between = new Float64Array(this.#gains[0].length);
  }

  /** Gains at a Julian date; the array is overwritten by the next call. */
  at(timeJd: number): Float64Array {
    const next = this.#times.findIndex((time) => time > timeJd);
    if (next < 0) return this.#gains.at(-1)!;
    if (next === 0) return this.#gains[0];
    if (timeJd !== this.#at) {
      const fraction = (timeJd - this.#times[next - 1]) / (this.#times[next] - this.#times[next - 1]);
      interpolate(this.#gains[next - 1], this.#gains[next], fraction, this.#between);
      this.#at = timeJd;
    }
    return this.#between;
  }
}

function middle({ startJd, endJd }: GainTable): number {
  return (startJd + endJd) / 2;
}

/** Only phase differences mean anything, so that two tables can be compared when the same antenna has phase zero. */
function referTo(table: GainTable, antenna: string): GainTable {
  const reference = table.antennas.indexOf(antenna);
  if (table.referenceAntenna === antenna || reference < 0) return table;
  const gains = table.gains.slice();
  const stride = 2 * table.antennas.length;
  for (let first = 0; first < gains.length; first += stride) {
    const [re, im] = [gains[first + 2 * reference], gains[first + 2 * reference + 1]];
    const amplitude = Math.hypot(re, im);
    if (amplitude === 0) continue;
    for (let k = first; k < first + stride; k += 2) {
      const [real, imaginary] = [gains[k], gains[k + 1]];
      gains[k] = (real * re + imaginary * im) / amplitude;
      gains[k + 1] = (imaginary * re - real * im) / amplitude;
    }
  }
  return { ...table, gains };
}

/** Where one table has no gain, that of the other counts. */
function interpolate(a: Float64Array, b: Float64Array, fraction: number, result: Float64Array): void {
  for (let k = 0; k < a.length; k += 2) {
    const [from, to] = [Math.hypot(a[k], a[k + 1]), Math.hypot(b[k], b[k + 1])];
    if (from === 0 || to === 0) {
      result[k] = a[k] + b[k];
      result[k + 1] = a[k + 1] + b[k + 1];
      continue;
    }
    const amplitude = from + fraction * (to - from);
    // The short way round.
    const turn = Math.atan2(b[k + 1] * a[k] - b[k] * a[k + 1], b[k] * a[k] + b[k + 1] * a[k + 1]);
    const phase = Math.atan2(a[k + 1], a[k]) + fraction * turn;
    result[k] = amplitude * Math.cos(phase);
    result[k + 1] = amplitude * Math.sin(phase);
  }
}

function matchTable(meta: VissetMeta, table: GainTable, positions: readonly number[]): Float64Array {
  const antennas = meta.antennas.map(({ name }) => table.antennas.indexOf(name));
  if (table.telescope !== meta.telescope || antennas.every((k) => k < 0)) {
    throw new BadInput(
      `The calibration table is of ${table.telescope} and has no gains for the antennas of ${meta.telescope}: ` +
        "use a table of the same array",
    );
  }
  const matched = new Float64Array(2 * meta.polarizations.length * positions.length * antennas.length);
  let to = 0;
  for (const name of meta.polarizations) {
    const polarization = matchPolarization(table, name);
    for (const position of positions) {
      const from = gainIndex(table, polarization, matchChannel(table, meta.frequenciesHz[position]));
      for (const k of antennas) {
        if (k >= 0) matched.set(table.gains.subarray(from + 2 * k, from + 2 * k + 2), to);
        to += 2;
      }
    }
  }
  return matched;
}

function matchPolarization(table: GainTable, name: string): number {
  const polarization = table.polarizations.indexOf(name);
  if (polarization >= 0) return polarization;
  throw new BadInput(
    `The calibration table has gains for ${table.polarizations.join(" and ")} but not for ${name}: ` +
      "use a calibrator that was observed with the same polarizations",
  );
}

function matchChannel(table: GainTable, frequencyHz: number): number {
  const channel = table.frequenciesHz.findIndex((centre) => {
    return Math.abs(centre - frequencyHz) <= table.channelWidthHz / 2;
  });
  if (channel >= 0) return channel;
  throw new BadInput(
    `The calibration table has no gains at ${(frequencyHz / 1e6).toFixed(3)} MHz: ` +
      "use a calibrator that was observed in the same sub-band",
  );
}
