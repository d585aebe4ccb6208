/**
 * Sidereal time.
 *
 * @module
 */

/** Turns of the Earth against the stars per day of universal time. */
export const SIDEREAL_DAYS_PER_DAY = 1.00273790935;

const RAD_PER_DEG = Math.PI / 180;

/**
 * Apparent sidereal time at Greenwich, by the approximate formula of the US Naval Observatory, which is good to 0.02 s
 * (0.3 arcsec) between 1900 and 2100.
 *
 * @param julianDate Universal time UT1. Where UTC is given instead, the result is wrong by up to 0.9 s (13 arcsec).
 * @returns Radians, not reduced to one turn.
 */
export function greenwichSiderealTime(julianDate: number): number {
  const days = julianDate - 2451545;
  const mean = 280.46061837 + 360.98564736629 * days;
  const node = (125.04 - 0.052954 * days) * RAD_PER_DEG;
  const sun = (280.47 + 0.98565 * days) * RAD_PER_DEG;
  const obliquity = (23.4393 - 0.0000004 * days) * RAD_PER_DEG;
  const nutationHours = -0.000319 * Math.sin(node) - 0.000024 * Math.sin(2 * sun);
  return (mean + 15 * nutationHours * Math.cos(obliquity)) * RAD_PER_DEG;
}
