/**
 * Finds the sources of an image.
 *
 * @module
 */

import { beamArea, type BeamShape, beamShape } from "./beam.ts";
import { ARCSEC_PER_RAD } from "./constants.ts";
import type { ImageGeometry } from "./image_header.ts";
import { findIslands, type Island } from "./islands.ts";
import { NoiseMap } from "./noise_map.ts";
import { fitPointSource } from "./source_fit.ts";
import { pixelToSky } from "./wcs.ts";

/** Islands reach down to this many sigma. */
const ISLAND_SIGMA = 3;
/** How well calibration and deconvolution give back flux densities, as a fraction: what noise does not explain. */
const FLUX_SCALE_ERROR = 0.005;
/** The same of positions, as a fraction of the beam's width. */
const POSITION_SCALE_ERROR = 0.002;
/** A source is brighter than the deepest hole nearby is deep, by this factor. */
const HOLE_FACTOR = 1.5;

/** A source. */
export interface Source {
  /** Right ascension, in degrees. */
  raDeg: number;
  /** Declination, in degrees. */
  decDeg: number;
  /** Flux density of a point source at this place, in Jy. */
  fluxJy: number;
  /** Its uncertainty, one sigma, in Jy: from noise, and half a percent for calibration and deconvolution. */
  fluxErrorJy: number;
  /** Sum over the island, in Jy: larger than `fluxJy` where the source is extended. */
  islandFluxJy: number;
  /** Signal-to-noise ratio. */
  snr: number;
  /** Uncertainty of the position, one sigma, in arcseconds. */
  positionErrorArcsec: number;
  /** Column, counted from 0. */
  x: number;
  /** Row, counted from 0. */
  y: number;
}

/**
 * Finds sources: islands above 3 sigma of the local noise whose peak is above the threshold, each fitted by one beam.
 *
 * Where the dynamic range and not the noise is the limit, the threshold is 1.5 times the depth of the deepest hole
 * nearby. Noise alone makes holes of 4 sigma, so that this does not matter elsewhere.
 *
 * Sources that overlap make one island and are found as one.
 *
 * @param pixels An image, row by row, in Jy per beam.
 * @param width Its columns.
 * @param options `geometry` of the image; `thresholdSigma`, least SNR of a peak.
 * @returns Sources, the brightest first.
 */
export function findSources(
  pixels: Float32Array,
  width: number,
  { geometry, thresholdSigma }: { geometry: ImageGeometry; thresholdSigma: number },
): Source[] {
  const noise = new NoiseMap(pixels, width);
  const noiseAt = (pixel: number) => noise.at(pixel % width, Math.floor(pixel / width));
  const thresholdAt = (pixel: number) => {
    const hole = noise.holeNear(pixel % width, Math.floor(pixel / width));
    return Math.max(thresholdSigma * noiseAt(pixel), HOLE_FACTOR * hole);
  };
  const shape = beamShape(geometry.beam, geometry.projection.cellRad);
  // Most pixels are below even where the noise is lowest, which is quicker to see.
  const lowest = ISLAND_SIGMA * noise.least;
  const isBright = (pixel: number) =>
    pixels[pixel] >= lowest && pixels[pixel] >= ISLAND_SIGMA * noiseAt(pixel);
  return findIslands(pixels, width, isBright)
    .filter(({ peak }) => pixels[peak] >= thresholdAt(peak))
    .flatMap((island) => measure(pixels, width, { island, shape, geometry, noise: noiseAt(island.peak) }))
    .sort((a, b) => b.fluxJy - a.fluxJy);
}

interface Measurement {
  island: Island;
  shape: BeamShape;
  geometry: ImageGeometry;
  noise: number;
}

function measure(
  pixels: Float32Array,
  width: number,
  { island, shape, geometry, noise }: Measurement,
): Source[] {
  const fit = fitPointSource(pixels, width, island, shape);
  if (fit === null) return [];
  const snr = fit.fluxJy / noise;
  return [{
    ...pixelToSky(geometry.projection, fit.x, fit.y),
    fluxJy: fit.fluxJy,
    fluxErrorJy: Math.hypot(noise, FLUX_SCALE_ERROR * fit.fluxJy),
    islandFluxJy: island.pixels.reduce((sum, pixel) => sum + pixels[pixel], 0) / beamArea(shape),
    snr,
    positionErrorArcsec: geometry.beam.majorRad * ARCSEC_PER_RAD *
      Math.hypot(1 / (2 * snr), POSITION_SCALE_ERROR),
    x: fit.x,
    y: fit.y,
  }];
}
