/**
 * What a calibrator looks like: some point sources, usually one at the phase centre.
 *
 * @module
 */

import { BadInput, type JsonObject, type JsonValue } from "@dsa110/absurd/stage";
import { DEG_PER_RAD, SPEED_OF_LIGHT } from "./constants.ts";
import { readNumber } from "./params.ts";
import type { PhaseCentre } from "./visset.ts";

/** A point source by its direction cosines from the phase centre. */
export interface ModelSource {
  /** Towards the east. */
  l: number;
  /** Towards the north. */
  m: number;
  /** Flux density, in Jy. */
  fluxJy: number;
}

/** One source at the phase centre. */
export function pointModel(fluxJy: number): ModelSource[] {
  return [{ l: 0, m: 0, fluxJy }];
}

/**
 * Reads the parameters `model`, a list of `{ra_deg, dec_deg, flux_jy}`, or `model_flux_jy`, one source at the phase
 * centre (1 Jy if neither is given).
 *
 * @throws {BadInput} when one of them is not as it should be.
 */
export function readSkyModel(params: JsonObject, centre: PhaseCentre): ModelSource[] {
  const fluxJy = readNumber(params, "model_flux_jy", { min: 1e-6 });
  const { model } = params;
  if (model === undefined || model === null) return pointModel(fluxJy ?? 1);
  if (Array.isArray(model) && model.length > 0 && fluxJy === undefined) {
    return model.map((source) => toModelSource(source, centre));
  }
  throw new BadInput(
    fluxJy === undefined
      ? 'Parameter "model" must be a list of at least one source, {"ra_deg", "dec_deg", "flux_jy"}'
      : 'Parameters "model" and "model_flux_jy" exclude each other: give one of them',
  );
}

function toModelSource(source: JsonValue, centre: PhaseCentre): ModelSource {
  const numbers = ["ra_deg", "dec_deg", "flux_jy"].map((key) => (source as JsonObject | null)?.[key]);
  const [raDeg, decDeg, fluxJy] = numbers as number[];
  if (!numbers.every((value) => typeof value === "number") || !(fluxJy > 0)) {
    throw new BadInput(
      `Parameter "model" must list sources as {"ra_deg", "dec_deg", "flux_jy"}, not ${
        JSON.stringify(source)
      }`,
    );
  }
  const [dec, dec0] = [decDeg / DEG_PER_RAD, centre.decDeg / DEG_PER_RAD];
  const difference = (raDeg - centre.raDeg) / DEG_PER_RAD;
  const n = Math.sin(dec) * Math.sin(dec0) + Math.cos(dec) * Math.cos(dec0) * Math.cos(difference);
  if (n <= 0.9) {
    throw new BadInput(
      `The source of parameter "model" at ${raDeg}, ${decDeg} is more than 25 degrees away from the calibrator scan ` +
        `at ${centre.raDeg.toFixed(3)}, ${
          centre.decDeg.toFixed(3)
        }: give its position in the frame ${centre.frame}`,
    );
  }
  return {
    l: Math.cos(dec) * Math.sin(difference),
    m: Math.sin(dec) * Math.cos(dec0) - Math.cos(dec) * Math.sin(dec0) * Math.cos(difference),
    fluxJy,
  };
}

/**
 * The model's visibility at one place: the sum of S exp(+2 pi i (u l + v m + w (n - 1)) / wavelength).
 *
 * @param uvwM u, v, w of each row, in metres.
 * @param row Which row.
 * @param result Where real and imaginary part are written to.
 */
export function predict(
  model: readonly ModelSource[],
  uvwM: Float64Array,
  row: number,
  frequencyHz: number,
  result: Float64Array,
): void {
  const wavenumber = 2 * Math.PI * frequencyHz / SPEED_OF_LIGHT;
  result[0] = 0;
  result[1] = 0;
  for (const { l, m, fluxJy } of model) {
    const nLess1 = Math.sqrt(1 - l * l - m * m) - 1;
    const phase = wavenumber * (uvwM[3 * row] * l + uvwM[3 * row + 1] * m + uvwM[3 * row + 2] * nLess1);
    result[0] += fluxJy * Math.cos(phase);
    result[1] += fluxJy * Math.sin(phase);
  }
}
