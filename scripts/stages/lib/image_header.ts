/**
 * The header of a radio image: what is shown where on the sky, how sharp, in which unit, and when it was observed.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import type { Beam } from "./beam.ts";
import { DEG_PER_RAD } from "./constants.ts";
import { type Card, type FitsImage, requireNumber } from "./fits.ts";
import type { VissetMeta } from "./visset.ts";
import type { SkyProjection } from "./wcs.ts";

/** Julian date of the Unix epoch, and that of modified Julian date 0. */
const UNIX_EPOCH_JD = 2440587.5;
const MJD_EPOCH_JD = 2400000.5;

/** What the header needs besides the observation. */
export interface ImageFacts {
  /** Width of the image, in pixels. */
  size: number;
  /** Width of a pixel, in radians. */
  cellRad: number;
  /** The restoring beam. */
  beam: Beam;
  /** Lines on how the image was made. */
  history: readonly string[];
}

/**
 * The header cards of an image with the axes right ascension, declination, frequency and Stokes.
 *
 * The reference pixel, counted from 1, is size/2 + 1. Right ascension grows to the left.
 */
export function describeImage(meta: VissetMeta, facts: ImageFacts): Card[] {
  const { phaseCentre } = meta;
  const cellDeg = facts.cellRad * DEG_PER_RAD;
  const frame: Card[] = [{
    key: "RADESYS",
    text: phaseCentre.frame,
    comment: "reference frame of RA and DEC",
  }];
  if (phaseCentre.equinox !== null) frame.push({ key: "EQUINOX", float: phaseCentre.equinox });
  return [
    { key: "BUNIT", text: meta.unit === "Jy" ? "Jy/beam" : meta.unit },
    { key: "BMAJ", float: facts.beam.majorRad * DEG_PER_RAD, comment: "[deg] beam, major axis (FWHM)" },
    { key: "BMIN", float: facts.beam.minorRad * DEG_PER_RAD, comment: "[deg] beam, minor axis (FWHM)" },
    { key: "BPA", float: facts.beam.positionAngleRad * DEG_PER_RAD, comment: "[deg] north towards east" },
    ...axis(1, "RA---SIN", {
      value: phaseCentre.raDeg,
      step: -cellDeg,
      pixel: facts.size / 2 + 1,
      unit: "deg",
    }),
    ...axis(2, "DEC--SIN", {
      value: phaseCentre.decDeg,
      step: cellDeg,
      pixel: facts.size / 2 + 1,
      unit: "deg",
    }),
    ...axis(3, "FREQ", { value: meanFrequencyHz(meta), step: bandwidthHz(meta), pixel: 1, unit: "Hz" }),
    ...axis(4, "STOKES", { value: 1, step: 1, pixel: 1 }),
    { key: "LONPOLE", float: 180 },
    { key: "LATPOLE", float: phaseCentre.decDeg },
    ...frame,
    { key: "SPECSYS", text: "TOPOCENT" },
    { key: "TELESCOP", text: meta.telescope },
    { key: "OBJECT", text: phaseCentre.name },
    { key: "SCAN", text: meta.scan },
    { key: "TIMESYS", text: "UTC" },
    { key: "DATE-OBS", text: isoTime(meta.startJd), comment: "middle of the first integration" },
    { key: "DATE-END", text: isoTime(meta.endJd), comment: "middle of the last integration" },
    { key: "MJD-OBS", float: meta.startJd - MJD_EPOCH_JD },
    { key: "ORIGIN", text: "absurd" },
    ...facts.history.map((remark): Card => ({ key: "HISTORY", remark })),
  ];
}

function axis(
  number: number,
  type: string,
  { value, step, pixel, unit }: { value: number; step: number; pixel: number; unit?: string },
): Card[] {
  const cards: Card[] = [
    { key: `CTYPE${number}`, text: type },
    { key: `CRVAL${number}`, float: value },
    { key: `CDELT${number}`, float: step },
    { key: `CRPIX${number}`, float: pixel },
  ];
  return unit === undefined ? cards : [...cards, { key: `CUNIT${number}`, text: unit }];
}

/** Mean frequency of a set's channels, in Hz. */
export function meanFrequencyHz(meta: VissetMeta): number {
  return meta.frequenciesHz.reduce((sum, frequency) => sum + frequency, 0) / meta.frequenciesHz.length;
}

function bandwidthHz(meta: VissetMeta): number {
  return Math.max(...meta.frequenciesHz) - Math.min(...meta.frequenciesHz) + meta.channelWidthHz;
}

/** A Julian date (UTC) as FITS and ISO 8601 write it, to the millisecond, without the Z that FITS forbids. */
export function isoTime(julianDate: number): string {
  return new Date(Math.round((julianDate - UNIX_EPOCH_JD) * 86_400_000)).toISOString().slice(0, -1);
}

/** What a source finder needs to know of an image. */
export interface ImageGeometry {
  /** Where its pixels are on the sky. */
  projection: SkyProjection;
  /** The restoring beam. */
  beam: Beam;
  /** Names the observation: what the header calls SCAN, else telescope, time and frequency. */
  observation: string;
  /** When it was observed, in ISO 8601 (UTC); null when the header does not say. */
  observedAt: string | null;
  /** Reference frame of its positions; null when the header does not say. */
  frame: string | null;
}

/**
 * Reads back what {@linkcode describeImage} wrote, also from images of other programs that follow the same rules.
 *
 * @throws {BadInput} when a keyword is missing, or the projection is another one.
 */
export function readGeometry(image: FitsImage, name: string): ImageGeometry {
  const number = (key: string) => requireNumber(image, key, name);
  if (image.header.get("CTYPE1") !== "RA---SIN" || image.header.get("CTYPE2") !== "DEC--SIN") {
    throw new BadInput(
      `File ${name} is not in RA---SIN projection: name an image that the stage image has made`,
    );
  }
  const cellDeg = number("CDELT2");
  if (Math.abs(number("CDELT1") + cellDeg) > 1e-6 * cellDeg) {
    throw new BadInput(`The pixels of ${name} are not square with north up: make the image again`);
  }
  const time = image.header.get("DATE-OBS");
  const frame = image.header.get("RADESYS");
  return {
    projection: {
      raDeg: number("CRVAL1"),
      decDeg: number("CRVAL2"),
      x: number("CRPIX1") - 1,
      y: number("CRPIX2") - 1,
      cellRad: cellDeg / DEG_PER_RAD,
    },
    beam: {
      majorRad: number("BMAJ") / DEG_PER_RAD,
      minorRad: number("BMIN") / DEG_PER_RAD,
      positionAngleRad: number("BPA") / DEG_PER_RAD,
    },
    observation: nameObservation(image),
    observedAt: typeof time === "string" ? `${time}Z` : null,
    frame: typeof frame === "string" ? frame : null,
  };
}

function nameObservation({ header }: FitsImage): string {
  const keys = header.has("SCAN") ? ["SCAN"] : ["TELESCOP", "DATE-OBS", "OBJECT", "CRVAL3"];
  return keys.map((key) => header.get(key) ?? "unknown").join(" ");
}
