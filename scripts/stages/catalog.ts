/**
 * Stage `catalog`: hands the sources of an image to the catalogue.
 *
 * The stage itself writes to no database and needs no network: the rows in its result are taken over by the sink that
 * the manifest names (`on_complete: sky`), in the same transaction that completes the task. The sink cross-matches each
 * row with the sources known so far, and counts each observation once. Input: `extract.sources`.
 *
 * @module
 */

import { BadInput, type JsonObject, type JsonValue, runStage, type StageTask } from "@dsa110/absurd/stage";
import { requireInputPath } from "./lib/params.ts";

/** Columns of a catalogue row. */
const COLUMNS = ["ra_deg", "dec_deg", "flux_jy", "flux_error_jy", "snr", "position_error_arcsec"];

function catalog(task: StageTask): JsonObject {
  const path = requireInputPath(task.inputs, [["extract", "sources"]]);
  const list = readList(path);
  if (!Array.isArray(list.sources)) throw notAList(path);
  return {
    observation: list.observation ?? null,
    image: list.image ?? null,
    "observed_at": list.observed_at ?? null,
    frame: list.frame ?? null,
    rows: list.sources.map((source, k) => pickColumns(source, `source ${k + 1} of ${path}`)),
  };
}

function readList(path: string): JsonObject {
  try {
    return JSON.parse(Deno.readTextFileSync(path)) ?? {};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Deno.errors.NotFound) throw notAList(path);
    throw error;
  }
}

function notAList(path: string): BadInput {
  return new BadInput(`File ${path} is not a list of sources: run extract again`);
}

function pickColumns(source: JsonValue, name: string): JsonObject {
  const row = source as Record<string, JsonValue>;
  return Object.fromEntries(COLUMNS.map((column) => {
    if (typeof row?.[column] !== "number") {
      throw new BadInput(`Column ${column} is missing in ${name}: run extract again`);
    }
    return [column, row[column]];
  }));
}

if (import.meta.main) await runStage(catalog);
