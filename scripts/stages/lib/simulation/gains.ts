/**
 * Synthetic gains of antennas: amplitudes near one, any phase, a cable length, and some antennas that are dead.
 *
 * @module
 */

import { createNormal, createRandom } from "./random.ts";

/** Scatter of the amplitudes. */
const AMPLITUDE_SCATTER = 0.15;
/** Scatter of the delays, in seconds. */
const DELAY_SCATTER_SEC = 20e-9;
/** Frequency at which the delays make no phase, in Hz. */
const REFERENCE_HZ = 1.4e9;

/** The gains of an array. */
export interface ArrayGains {
  /** Numbers of the antennas whose gain is zero: only noise comes from them. */
  dead: number[];
  /** Complex gain of an antenna in one hand (0 or 1) at a frequency. */
  at(antenna: number, hand: number, frequencyHz: number): [real: number, imaginary: number];
}

/** Draws gains; the same seed gives the same gains whatever the scan. */
export function drawGains(count: number, { seed, dead }: { seed: number; dead: number }): ArrayGains {
  const random = createRandom(seed);
  const normal = createNormal(random);
  const entries = Array.from({ length: 2 * count }, () => ({
    amplitude: Math.max(0.5, 1 + AMPLITUDE_SCATTER * normal()),
    phase: 2 * Math.PI * random(),
    delaySec: DELAY_SCATTER_SEC * normal(),
  }));
  const chosen = new Set<number>();
  while (chosen.size < dead) chosen.add(Math.floor(count * random()));
  return {
    dead: [...chosen].sort((a, b) => a - b),
    at(antenna, hand, frequencyHz) {
      if (chosen.has(antenna)) return [0, 0];
      const { amplitude, phase, delaySec } = entries[2 * antenna + hand];
      const angle = phase + 2 * Math.PI * delaySec * (frequencyHz - REFERENCE_HZ);
      return [amplitude * Math.cos(angle), amplitude * Math.sin(angle)];
    },
  };
}

/** Gains of antennas that need no calibration. */
export const UNIT_GAINS: ArrayGains = { dead: [], at: () => [1, 0] };
