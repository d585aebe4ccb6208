/**
 * The measurement equation, source by source and sample by sample: no code is shared with the stages that are to find
 * the sources again.
 *
 * @module
 */

import type { AntennaArray } from "./array.ts";
import type { ArrayGains } from "./gains.ts";
import { type Direction, directionCosines, type SkySource } from "./sky.ts";

/** Speed of light, in m/s. */
const LIGHT = 299_792_458;

/** What to observe, and how. */
export interface Observation {
  /** The array. */
  array: AntennaArray;
  /** Its gains. */
  gains: ArrayGains;
  /** Centre of each channel, evenly spaced, in Hz. */
  frequenciesHz: readonly number[];
  /** Local sidereal time of each integration, in radians. */
  siderealTimes: readonly number[];
  /** Direction that all phases refer to. */
  centre: Direction;
  /**
   * `fixed`: the phase centre stays where it is on the sky. `meridian`: it stays at hour angle zero, as DSA-110 has it,
   * and the sky drifts through.
   */
  tracking: "fixed" | "meridian";
  /** The sky. */
  sources: readonly SkySource[];
  /** Standard deviation of the noise in the real and in the imaginary part of each sample, in Jy. */
  noiseJy: number;
  /** Draws the noise: mean 0, standard deviation 1. */
  normal: () => number;
  /** True to add each antenna's correlation with itself. */
  autocorrelations: boolean;
}

/** Rows of an observation with two hands: integration by integration, baseline by baseline. */
export interface ObservedRows {
  /** Number of rows. */
  rowCount: number;
  /** First antenna of each row. */
  antenna1: Int32Array;
  /** Second antenna of each row. */
  antenna2: Int32Array;
  /** Integration of each row. */
  integration: Int32Array;
  /** u, v, w per row, in metres. */
  uvwM: Float64Array;
  /** Complex samples: row, channel, hand. */
  visibility: Float32Array;
}

/** Makes the rows of an observation. */
export function observe(observation: Observation): ObservedRows {
  const { array: { count }, frequenciesHz, siderealTimes, centre, tracking } = observation;
  const baselines = listBaselines(count, observation.autocorrelations);
  const rowCount = siderealTimes.length * baselines.length;
  const rows: ObservedRows = {
    rowCount,
    antenna1: Int32Array.from({ length: rowCount }, (_, row) => baselines[row % baselines.length][0]),
    antenna2: Int32Array.from({ length: rowCount }, (_, row) => baselines[row % baselines.length][1]),
    integration: Int32Array.from({ length: rowCount }, (_, row) => Math.floor(row / baselines.length)),
    uvwM: new Float64Array(3 * rowCount),
    visibility: new Float32Array(4 * rowCount * frequenciesHz.length),
  };
  const gains = tabulateGains(observation);
  const sky = new Float64Array(2 * frequenciesHz.length);
  siderealTimes.forEach((siderealTime, integration) => {
    const raRad = tracking === "meridian" ? siderealTime : centre.raRad;
    const cosines = observation.sources.map((source) => {
      return directionCosines(source, { raRad, decRad: centre.decRad });
    });
    baselines.forEach(([i, j], k) => {
      const row = integration * baselines.length + k;
      const uvw = project(observation.array.localM, i, j, {
        hourAngle: siderealTime - raRad,
        decRad: centre.decRad,
      });
      rows.uvwM.set(uvw, 3 * row);
      fillSky(sky, observation, cosines, uvw);
      receive(rows.visibility.subarray(4 * row * frequenciesHz.length), sky, { observation, gains, i, j });
    });
  });
  return rows;
}

function listBaselines(count: number, autocorrelations: boolean): [number, number][] {
  const list: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    for (let j = autocorrelations ? i : i + 1; j < count; j++) list.push([i, j]);
  }
  return list;
}

/** u, v, w from antenna i to antenna j, by the rotation from the equator's frame to that of a direction. */
export function project(
  localM: Float64Array,
  i: number,
  j: number,
  { hourAngle, decRad }: { hourAngle: number; decRad: number },
): [u: number, v: number, w: number] {
  const [x, y, z] = [0, 1, 2].map((axis) => localM[3 * j + axis] - localM[3 * i + axis]);
  const [sinH, cosH] = [Math.sin(hourAngle), Math.cos(hourAngle)];
  const [sinD, cosD] = [Math.sin(decRad), Math.cos(decRad)];
  const towards = cosH * x - sinH * y;
  return [sinH * x + cosH * y, cosD * z - sinD * towards, cosD * towards + sinD * z];
}

/** The sum over sources of S exp(+2 pi i (u l + v m + w (n - 1)) f / c) in each channel. */
function fillSky(
  sky: Float64Array,
  { sources, frequenciesHz }: Observation,
  cosines: readonly (readonly number[])[],
  uvw: readonly number[],
): void {
  sky.fill(0);
  const [first, step] = [frequenciesHz[0], (frequenciesHz[1] ?? 0) - frequenciesHz[0]];
  sources.forEach(({ fluxJy }, k) => {
    const delay = 2 * Math.PI / LIGHT * uvw.reduce((sum, value, axis) => sum + value * cosines[k][axis], 0);
    let [real, imaginary] = [fluxJy * Math.cos(delay * first), fluxJy * Math.sin(delay * first)];
    // From channel to channel the phase grows by the same angle.
    const [cos, sin] = [Math.cos(delay * step), Math.sin(delay * step)];
    for (let channel = 0; channel < frequenciesHz.length; channel++) {
      sky[2 * channel] += real;
      sky[2 * channel + 1] += imaginary;
      [real, imaginary] = [real * cos - imaginary * sin, real * sin + imaginary * cos];
    }
  });
}

/** Gains in the order hand, channel, antenna, as pairs. */
function tabulateGains({ array, gains, frequenciesHz }: Observation): Float64Array {
  const list: number[] = [];
  for (const hand of [0, 1]) {
    for (const frequency of frequenciesHz) {
      for (let antenna = 0; antenna < array.count; antenna++) {
        list.push(...gains.at(antenna, hand, frequency));
      }
    }
  }
  return Float64Array.from(list);
}

interface Receiver {
  observation: Observation;
  gains: Float64Array;
  i: number;
  j: number;
}

/** One row: g_i conj(g_j) times the sky, plus noise. */
function receive(row: Float32Array, sky: Float64Array, { observation, gains, i, j }: Receiver): void {
  const { array: { count }, frequenciesHz: { length: channels }, noiseJy, normal } = observation;
  for (let channel = 0; channel < channels; channel++) {
    const [real, imaginary] = [sky[2 * channel], sky[2 * channel + 1]];
    for (let hand = 0; hand < 2; hand++) {
      const [a, b] = [
        2 * ((hand * channels + channel) * count + i),
        2 * ((hand * channels + channel) * count + j),
      ];
      const gainReal = gains[a] * gains[b] + gains[a + 1] * gains[b + 1];
      const gainImaginary = gains[a + 1] * gains[b] - gains[a] * gains[b + 1];
      const to = 4 * channel + 2 * hand;
      row[to] = gainReal * real - gainImaginary * imaginary + noiseJy * normal();
      row[to + 1] = gainReal * imaginary + gainImaginary * real + noiseJy * normal();
    }
  }
}
