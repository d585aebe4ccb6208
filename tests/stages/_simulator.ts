/**
 * Small synthetic observations for tests of single functions: sources are given by direction cosines.
 *
 * Visibilities are computed source by source from the measurement equation, by no code that the stages use.
 *
 * @module
 */

import { createNormal, createRandom } from "../../scripts/stages/lib/simulation/random.ts";

export { createNormal, createRandom };

/** Speed of light, in m/s. */
const LIGHT = 299_792_458;

/** A point source by its direction cosines from the phase centre. */
export interface SkySource {
  /** Towards the east. */
  l: number;
  /** Towards the north. */
  m: number;
  /** Flux density, in Jy. */
  fluxJy: number;
}

/** An array on a plane: a compact core and a few antennas further out. */
export function createArray(count: number, random: () => number): Float64Array {
  const positions = new Float64Array(3 * count);
  for (let k = 0; k < count; k++) {
    const radius = k % 4 === 0 ? 1200 : 500;
    const [distance, angle] = [radius * Math.sqrt(random()), 2 * Math.PI * random()];
    positions[3 * k] = 20 * random();
    positions[3 * k + 1] = distance * Math.cos(angle);
    positions[3 * k + 2] = distance * Math.sin(angle);
  }
  return positions;
}

/** What to simulate. */
export interface Observation {
  /** Antennas: x towards the meridian, y east, z north, in metres. */
  antennas: Float64Array;
  /** Centre of each channel, in Hz. */
  frequenciesHz: number[];
  /** Hour angles of the phase centre, one per integration, in radians. */
  hourAngles: number[];
  /** Declination of the phase centre, in radians. */
  dec: number;
  /** The sky. */
  sources: SkySource[];
  /** Noise of real and imaginary part of each sample, in Jy. @default {0} */
  noise?: number;
  /** Complex gain of an antenna in a hand and channel. @default {1} */
  gain?: (antenna: number, hand: number, channel: number) => [re: number, im: number];
  /** Seed of the noise. @default {1} */
  seed?: number;
}

/** Rows of a simulated observation with two hands. */
export interface SimulatedRows {
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

/** Simulates all baselines, without auto-correlations. */
export function simulate(observation: Observation): SimulatedRows {
  const { antennas, frequenciesHz, hourAngles, dec, noise = 0, gain } = observation;
  const count = antennas.length / 3;
  const normal = createNormal(createRandom(observation.seed ?? 1));
  const rowCount = hourAngles.length * count * (count - 1) / 2;
  const rows: SimulatedRows = {
    rowCount,
    antenna1: new Int32Array(rowCount),
    antenna2: new Int32Array(rowCount),
    integration: new Int32Array(rowCount),
    uvwM: new Float64Array(3 * rowCount),
    visibility: new Float32Array(4 * rowCount * frequenciesHz.length),
  };
  let row = 0;
  hourAngles.forEach((hourAngle, integration) => {
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++, row++) {
        const baseline = [0, 1, 2].map((axis) => antennas[3 * j + axis] - antennas[3 * i + axis]);
        const uvw = project(baseline, hourAngle, dec);
        rows.antenna1[row] = i;
        rows.antenna2[row] = j;
        rows.integration[row] = integration;
        rows.uvwM.set(uvw, 3 * row);
        frequenciesHz.forEach((frequency, channel) => {
          const sample = observe(observation.sources, uvw, frequency);
          for (let hand = 0; hand < 2; hand++) {
            const [a, b] = [gain?.(i, hand, channel) ?? [1, 0], gain?.(j, hand, channel) ?? [1, 0]];
            const product = [a[0] * b[0] + a[1] * b[1], a[1] * b[0] - a[0] * b[1]];
            const to = 2 * ((row * frequenciesHz.length + channel) * 2 + hand);
            rows.visibility[to] = product[0] * sample[0] - product[1] * sample[1] + noise * normal();
            rows.visibility[to + 1] = product[0] * sample[1] + product[1] * sample[0] + noise * normal();
          }
        });
      }
    }
  });
  return rows;
}

/** Baseline coordinates towards a direction. */
export function project([x, y, z]: number[], hourAngle: number, dec: number): [number, number, number] {
  const [sh, ch, sd, cd] = [Math.sin(hourAngle), Math.cos(hourAngle), Math.sin(dec), Math.cos(dec)];
  return [sh * x + ch * y, -sd * ch * x + sd * sh * y + cd * z, cd * ch * x - cd * sh * y + sd * z];
}

/** S exp(+2 pi i (u l + v m + w (n - 1))), summed over the sources. */
export function observe(
  sources: SkySource[],
  uvwM: ArrayLike<number>,
  frequencyHz: number,
): [number, number] {
  let [real, imaginary] = [0, 0];
  for (const { l, m, fluxJy } of sources) {
    const n = Math.sqrt(1 - l * l - m * m);
    const phase = 2 * Math.PI * frequencyHz / LIGHT * (uvwM[0] * l + uvwM[1] * m + uvwM[2] * (n - 1));
    real += fluxJy * Math.cos(phase);
    imaginary += fluxJy * Math.sin(phase);
  }
  return [real, imaginary];
}

/** Random gains with constant amplitude and a phase slope over the channels, as cable lengths make them. */
export function createGains(count: number, random: () => number): NonNullable<Observation["gain"]> {
  const entries = Array.from({ length: 2 * count }, () => {
    return { amplitude: 0.7 + 0.6 * random(), phase: 2 * Math.PI * random(), slope: 0.1 * (random() - 0.5) };
  });
  return (antenna, hand, channel) => {
    const { amplitude, phase, slope } = entries[2 * antenna + hand];
    return [amplitude * Math.cos(phase + slope * channel), amplitude * Math.sin(phase + slope * channel)];
  };
}
