/**
 * Options of a simulation as parameters of a task.
 *
 * @module
 */

import { BadInput, type JsonObject } from "@dsa110/absurd/stage";
import { readNumber } from "../params.ts";
import type { SimulationOptions } from "./simulate.ts";

/** Numbers that may be given, and what they must be like. */
const NUMBERS = [
  ["seed", "seed", { integer: true }],
  ["antennas", "antennas", { min: 4, max: 512, integer: true }],
  ["channels", "channels", { min: 1, max: 4096, integer: true }],
  ["integrations", "integrations", { min: 1, max: 10_000, integer: true }],
  ["sources", "sources", { min: 0, max: 200, integer: true }],
  ["field_deg", "fieldDeg", { min: 0.01, max: 5 }],
  ["noise_jy", "noiseJy", { min: 0 }],
  ["gain_seed", "gainSeed", { integer: true }],
  ["dead_antennas", "deadAntennas", { min: 0, max: 256, integer: true }],
  ["calibrator_flux_jy", "calibratorFluxJy", { min: 1e-6 }],
  ["sub_bands", "subBands", { min: 1, max: 64, integer: true }],
  ["jitter_sec", "jitterSec", { min: 0, max: 6 }],
  ["dec_deg", "decDeg", { min: -90, max: 90 }],
] as const;

/** Names of all parameters but the flag `native`. */
export const SIMULATION_PARAMS: readonly string[] = [
  ...NUMBERS.map(([name]) => name),
  "missing_sub_bands",
  "start",
];

/**
 * Reads the options that are given.
 *
 * @throws {BadInput} naming the parameter, its value and what is allowed.
 */
export function readSimulationOptions(params: JsonObject): Partial<SimulationOptions> {
  const options: Record<string, unknown> = {};
  for (const [name, key, rule] of NUMBERS) {
    const value = readNumber(params, name, rule);
    if (value !== undefined) options[key] = value;
  }
  if (params.gain_seed === null) options.gainSeed = null;
  if (params.native !== undefined) options.native = requireFlag(params.native);
  if (params.missing_sub_bands !== undefined) {
    options.missingSubBands = requireNumbers(params.missing_sub_bands);
  }
  if (params.start !== undefined) options.startMs = requireTime(params.start);
  return options as Partial<SimulationOptions>;
}

function requireFlag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new BadInput(`Parameter "native" must be true or false, not ${JSON.stringify(value)}`);
}

function requireNumbers(value: unknown): number[] {
  if (Array.isArray(value) && value.every(Number.isInteger)) return value;
  throw new BadInput(
    `Parameter "missing_sub_bands" must be a list of whole numbers, not ${JSON.stringify(value)}`,
  );
}

function requireTime(value: unknown): number {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  if (Number.isFinite(time)) return time;
  throw new BadInput(`Parameter "start" must be a time in ISO 8601, not ${JSON.stringify(value)}`);
}
