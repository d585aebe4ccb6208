/**
 * Stage `extract`: finds the sources of an image and lists them as JSON and CSV.
 *
 * Params: `threshold_sigma`, least signal-to-noise ratio of a source (default 7). Input: `image.fits`.
 *
 * @module
 */

import { BadInput, type JsonObject, runStage, type Stage, type StageTask } from "@dsa110/absurd/stage";
import { decodeFits } from "./lib/fits.ts";
import { readGeometry } from "./lib/image_header.ts";
import { readNumber, requireInputPath } from "./lib/params.ts";
import { writeProduct } from "./lib/products.ts";
import { findSources, type Source } from "./lib/source_finder.ts";
import { noiseLevel } from "./lib/statistics.ts";

const DEFAULT_THRESHOLD_SIGMA = 7;

function extract(task: StageTask, stage: Stage): JsonObject {
  const path = requireInputPath(task.inputs, [["image", "fits"]]);
  const thresholdSigma = readNumber(task.params, "threshold_sigma", { min: 4 }) ?? DEFAULT_THRESHOLD_SIGMA;
  stage.progress(0.1, "looking for sources");
  const image = decodeFits(readImage(path), path);
  const geometry = readGeometry(image, path);
  const sources = findSources(image.pixels, image.width, { geometry, thresholdSigma });
  const rows = sources.map(toRow);

  const [json, csv] = [`${task.work_dir}/sources.json`, `${task.work_dir}/sources.csv`];
  const { observation, observedAt, frame } = geometry;
  const list = { observation, image: path, "observed_at": observedAt, frame, sources: rows };
  writeProduct(json, JSON.stringify(list, null, 1) + "\n");
  writeProduct(csv, toCsv(rows));
  return {
    sources: json,
    csv,
    count: rows.length,
    rms: noiseLevel(image.pixels),
    "threshold_sigma": thresholdSigma,
  };
}

function readImage(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new BadInput(`Image ${path} does not exist: run image again`);
    }
    throw error;
  }
}

/** Columns of the source list, in order. */
function toRow(source: Source): Record<string, number> {
  return {
    "ra_deg": source.raDeg,
    "dec_deg": source.decDeg,
    "flux_jy": source.fluxJy,
    "flux_error_jy": source.fluxErrorJy,
    "island_flux_jy": source.islandFluxJy,
    snr: source.snr,
    "position_error_arcsec": source.positionErrorArcsec,
    x: source.x,
    y: source.y,
  };
}

const COLUMNS = [
  "ra_deg",
  "dec_deg",
  "flux_jy",
  "flux_error_jy",
  "island_flux_jy",
  "snr",
  "position_error_arcsec",
  "x",
  "y",
];

function toCsv(rows: Record<string, number>[]): string {
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column]))].map((line) =>
    line.join(",") + "\n"
  )
    .join("");
}

if (import.meta.main) await runStage(extract);
