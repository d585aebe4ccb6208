/**
 * Compares a list of sources with the truth.
 *
 * @module
 */

import { separationArcsec } from "../wcs.ts";
import type { TrueSource } from "./simulate.ts";

/** A true source is found when a source lies this close to it, in arcseconds: less than half a beam. */
const MATCH_ARCSEC = 6;

/** How a list of sources compares. */
export interface Comparison {
  /** Number of sources that exist. */
  expected: number;
  /** How many of them were found. */
  found: number;
  /** How many sources were found that do not exist. */
  spurious: number;
  /** Found flux over true flux, of each source found. */
  fluxRatios: number[];
  /** Difference of the fluxes over its uncertainty, of each source found. */
  fluxPulls: number[];
  /** Distance from the true place of each source found, in arcseconds. */
  separations: number[];
}

/** A source as lists and the catalogue have it. */
export interface FoundSource {
  /** Right ascension, in degrees. */
  "ra_deg": number;
  /** Declination, in degrees. */
  "dec_deg": number;
  /** Flux density, in Jy. */
  "flux_jy": number;
  /** Its uncertainty, one sigma, in Jy. */
  "flux_error_jy": number;
}

/** What must hold. */
export interface Tolerance {
  /** Largest relative error of a flux density. */
  flux: number;
  /** Largest error of a position, in arcseconds. */
  positionArcsec: number;
}

/**
 * Compares.
 *
 * @param rows Sources that were found.
 * @param truth Sources that exist.
 */
export function compareWithTruth(rows: readonly FoundSource[], truth: readonly TrueSource[]): Comparison {
  const places = rows.map((row) => ({ raDeg: row.ra_deg, decDeg: row.dec_deg }));
  const taken = new Set<number>();
  const comparison: Comparison = {
    expected: truth.length,
    found: 0,
    spurious: 0,
    fluxRatios: [],
    fluxPulls: [],
    separations: [],
  };
  for (const source of truth) {
    const distances = places.map((place) => separationArcsec(place, source));
    const nearest = distances.reduce((best, distance, k) => {
      return distance < MATCH_ARCSEC && !taken.has(k) && !(distances[best] <= distance) ? k : best;
    }, -1);
    if (nearest < 0) continue;
    taken.add(nearest);
    comparison.found++;
    comparison.fluxRatios.push(rows[nearest].flux_jy / source.fluxJy);
    comparison.fluxPulls.push((rows[nearest].flux_jy - source.fluxJy) / rows[nearest].flux_error_jy);
    comparison.separations.push(distances[nearest]);
  }
  comparison.spurious = rows.length - taken.size;
  return comparison;
}

/** Largest relative error of the flux densities. */
export function worstFluxError({ fluxRatios }: Comparison): number {
  return Math.max(0, ...fluxRatios.map((ratio) => Math.abs(ratio - 1)));
}

/** Largest difference of a flux density from the truth, in units of the uncertainty that was given for it. */
export function worstPull({ fluxPulls }: Comparison): number {
  return Math.max(0, ...fluxPulls.map(Math.abs));
}

/** Largest error of the positions, in arcseconds. */
export function worstSeparation({ separations }: Comparison): number {
  return Math.max(0, ...separations);
}

/** True when all was found, nothing else was, and within the tolerance. */
export function meetsTruth(comparison: Comparison, tolerance: Tolerance): boolean {
  return comparison.found === comparison.expected && comparison.spurious === 0 &&
    worstFluxError(comparison) <= tolerance.flux &&
    worstSeparation(comparison) <= tolerance.positionArcsec;
}
