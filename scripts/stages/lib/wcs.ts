/**
 * Between pixels and positions on the sky, in the orthographic ("SIN") projection of E. W. Greisen and
 * M. R. Calabretta, A&A 395, 1061 and 1077 (2002).
 *
 * @module
 */

import { DEG_PER_RAD } from "./constants.ts";

/** The projection of an image with square pixels and north up. */
export interface SkyProjection {
  /** Right ascension of the reference pixel, in degrees. */
  raDeg: number;
  /** Declination of the reference pixel, in degrees. */
  decDeg: number;
  /** Column of the reference pixel, counted from 0. */
  x: number;
  /** Row of the reference pixel, counted from 0. */
  y: number;
  /** Width of a pixel, in radians. */
  cellRad: number;
}

/** A position on the sky. */
export interface SkyPosition {
  /** Right ascension, in degrees, from 0 to 360. */
  raDeg: number;
  /** Declination, in degrees. */
  decDeg: number;
}

/**
 * Position of a point of the image.
 *
 * @param projection The image's projection.
 * @param x Column, counted from 0; fractions allowed.
 * @param y Row, counted from 0; fractions allowed.
 */
export function pixelToSky(projection: SkyProjection, x: number, y: number): SkyPosition {
  const l = -(x - projection.x) * projection.cellRad;
  const m = (y - projection.y) * projection.cellRad;
  const n = Math.sqrt(1 - l * l - m * m);
  const dec0 = projection.decDeg / DEG_PER_RAD;
  const [sin, cos] = [Math.sin(dec0), Math.cos(dec0)];
  const raDeg = projection.raDeg + DEG_PER_RAD * Math.atan2(l, n * cos - m * sin);
  return { raDeg: (raDeg % 360 + 360) % 360, decDeg: DEG_PER_RAD * Math.asin(m * cos + n * sin) };
}

/** The inverse of {@linkcode pixelToSky}. */
export function skyToPixel(projection: SkyProjection, position: SkyPosition): { x: number; y: number } {
  const [dec, dec0] = [position.decDeg / DEG_PER_RAD, projection.decDeg / DEG_PER_RAD];
  const difference = (position.raDeg - projection.raDeg) / DEG_PER_RAD;
  const l = Math.cos(dec) * Math.sin(difference);
  const m = Math.sin(dec) * Math.cos(dec0) - Math.cos(dec) * Math.sin(dec0) * Math.cos(difference);
  return { x: projection.x - l / projection.cellRad, y: projection.y + m / projection.cellRad };
}

/** Angle between two positions, in arcseconds, by the formula of haversines. */
export function separationArcsec(a: SkyPosition, b: SkyPosition): number {
  const half = (degrees: number) => Math.sin(degrees / DEG_PER_RAD / 2) ** 2;
  const cosines = Math.cos(a.decDeg / DEG_PER_RAD) * Math.cos(b.decDeg / DEG_PER_RAD);
  const haversine = half(a.decDeg - b.decDeg) + cosines * half(a.raDeg - b.raDeg);
  return 2 * Math.asin(Math.sqrt(Math.min(1, haversine))) * DEG_PER_RAD * 3600;
}
