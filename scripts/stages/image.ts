/**
 * Stage `image`: makes a cleaned image of total intensity, as FITS and as PNG.
 *
 * Params, all optional: `size`, width in pixels, a power of two from 64 to 2048; `cell_arcsec`, width of a pixel;
 * `weighting`, `briggs` (the default) or `natural`; `robust`, Briggs weighting from -2 (sharp) to 2 (lowest noise),
 * default 0.5. Input: the visset of step `calibrate`,
 * else `apply_calibration`, else `convert_uvh5`.
 *
 * @module
 */

import { type JsonObject, runStage, type Stage, type StageTask } from "@dsa110/absurd/stage";
import { type Beam, beamOfShape, fitBeam } from "./lib/beam.ts";
import { clean, type CleanResult } from "./lib/clean.ts";
import { ARCSEC_PER_RAD, DEG_PER_RAD } from "./lib/constants.ts";
import { chooseField, MAX_SIZE } from "./lib/field.ts";
import { encodeFits } from "./lib/fits.ts";
import { describeImage } from "./lib/image_header.ts";
import { Imager } from "./lib/imager.ts";
import { readNumber, readWord, requireInputPath } from "./lib/params.ts";
import { drawPicture } from "./lib/picture.ts";
import { writeProduct } from "./lib/products.ts";
import { restore } from "./lib/restore.ts";
import { noiseLevel } from "./lib/statistics.ts";
import { loadStokesI } from "./lib/stokes.ts";
import { readVissetMeta, type VissetMeta } from "./lib/visset.ts";
import { briggsWeights, naturalWeights } from "./lib/weighting.ts";

const DEFAULT_ROBUST = 0.5;

function image(task: StageTask, stage: Stage): JsonObject {
  const visset = requireInputPath(task.inputs, [
    ["calibrate", "visset"],
    ["apply_calibration", "visset"],
    ["convert_uvh5", "visset"],
  ]);
  const asked = {
    size: readNumber(task.params, "size", { min: 64, max: MAX_SIZE, powerOfTwo: true }),
    cellArcsec: readNumber(task.params, "cell_arcsec", { min: 1e-6 }),
  };
  const weighting = readWord(task.params, "weighting", ["briggs", "natural"]);
  const robust = readNumber(task.params, "robust", { min: -2, max: 2 }) ?? DEFAULT_ROBUST;

  stage.progress(0.02, "loading visibilities");
  const meta = readVissetMeta(visset);
  const data = loadStokesI(visset, meta);
  const { size, cellRad, capped } = chooseField(data, diameterOf(meta), asked);

  stage.progress(0.1, `gridding ${size} x ${size} pixels`);
  const weights = weighting === "natural"
    ? naturalWeights(data, { size, cellRad })
    : briggsWeights(data, { size, cellRad, robust });
  const imager = new Imager({ data, weights, size, cellRad });
  const psf = imager.pointSpread();
  const shape = fitBeam(psf, 2 * size);
  const beam = beamOfShape(shape, cellRad);
  const result = clean(imager, psf, data.visibility, {
    size,
    onCycle: (cycle, peak) => {
      stage.progress(
        1 - 0.8 * 0.85 ** cycle,
        `cleaning, major cycle ${cycle + 1}, peak ${peak.toPrecision(3)} Jy`,
      );
    },
  });

  stage.progress(0.95, "writing the image");
  const pixels = restore(result.residual, result.model, { size, shape });
  const history = [
    `${
      weighting === "natural" ? "natural weights" : `robust ${robust}`
    }, ${imager.planeCount} w planes, ${result.majorCycles} major cycles of CLEAN`,
  ];
  const cards = describeImage(meta, { size, cellRad, beam, history });
  const [fits, png] = [`${task.work_dir}/image.fits`, `${task.work_dir}/image.png`];
  writeProduct(fits, encodeFits(pixels, [size, size, 1, 1], cards));
  writeProduct(png, drawPicture(pixels, { size, noise: result.noise, shape }));
  return {
    fits,
    png,
    size,
    "size_capped": capped,
    "cell_arcsec": cellRad * ARCSEC_PER_RAD,
    weighting,
    robust: weighting === "natural" ? null : robust,
    rms: noiseLevel(pixels),
    "peak_jy": pixels.reduce((most, value) => Math.max(most, value), -Infinity),
    beam: describeBeam(beam),
    clean: describeClean(result),
    "w_planes": imager.planeCount,
  };
}

/** Diameter of the smallest dish, which sees the widest field; null when one is unknown. */
function diameterOf(meta: VissetMeta): number | null {
  const diameters = meta.antennas.map(({ diameterM }) => diameterM ?? NaN);
  const smallest = Math.min(...diameters);
  return smallest > 0 ? smallest : null;
}

function describeBeam(beam: Beam): JsonObject {
  return {
    "major_arcsec": beam.majorRad * ARCSEC_PER_RAD,
    "minor_arcsec": beam.minorRad * ARCSEC_PER_RAD,
    "position_angle_deg": beam.positionAngleRad * DEG_PER_RAD,
  };
}

function describeClean(result: CleanResult): JsonObject {
  return {
    converged: result.converged,
    iterations: result.iterations,
    "major_cycles": result.majorCycles,
    "threshold_jy": result.threshold,
    "peak_residual_jy": result.peakResidual,
  };
}

if (import.meta.main) await runStage(image);
