/**
 * Constants of nature and of units.
 *
 * @module
 */

/** Speed of light in vacuum, in m/s. */
export const SPEED_OF_LIGHT = 299_792_458;

/** Arcseconds in a radian. */
export const ARCSEC_PER_RAD = 180 * 3600 / Math.PI;

/** Degrees in a radian. */
export const DEG_PER_RAD = 180 / Math.PI;
