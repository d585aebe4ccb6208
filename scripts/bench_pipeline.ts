/**
 * `deno task bench:pipeline`: how long the dirty image and CLEAN take beside wsclean, on the same synthetic data with the
 * same settings in the same run, and where the time goes. Only the ratios mean anything: machines are shared and noisy.
 *
 * Needs wsclean, python3-casacore and python3-h5py; `--json` prints the figures as one document.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemContext } from "../cli/context.ts";
import { printHeading, printJson, printTable } from "../cli/output.ts";
import { beamOfShape, fitBeam } from "./stages/lib/beam.ts";
import { clean } from "./stages/lib/clean.ts";
import { ARCSEC_PER_RAD } from "./stages/lib/constants.ts";
import { convertUvh5 } from "./stages/lib/convert.ts";
import { chooseField } from "./stages/lib/field.ts";
import { encodeFits } from "./stages/lib/fits.ts";
import { Imager } from "./stages/lib/imager.ts";
import { restore } from "./stages/lib/restore.ts";
import { simulate } from "./stages/lib/simulation/simulate.ts";
import { loadStokesI } from "./stages/lib/stokes.ts";
import { readVissetMeta } from "./stages/lib/visset.ts";
import { briggsWeights } from "./stages/lib/weighting.ts";

const WSCLEAN = "/usr/bin/wsclean";
const PYTHON = "/usr/bin/python3";
const CONVERT = fileURLToPath(new URL("stages/external/convert_uvh5.py", import.meta.url));
const ROUNDS = 3;
const SIZE = 1024;
const ROBUST = 0.5;
const DISH_M = 4.65;
/** As the stage `image` cleans. */
const CLEAN_FLAGS = ["-niter", "100000", "-mgain", "0.8", "-auto-mask", "5", "-auto-threshold", "1"];

/** What a dirty image needs of our steps. */
const DIRTY_STEPS = ["load", "weigh", "place samples", "dirty image", "write"];

/** Seconds by what they were spent on. */
type Times = Record<string, number>;

const { values: flags } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const context = systemContext(new AbortController().signal);
const folder = await Deno.makeTempDir({ prefix: "absurd-bench-" });
try {
  const data = await prepare(folder);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await measureOurs(data.visset, folder);
    const dirty = await measureWsclean(data, []);
    const cleaned = await measureWsclean(data, CLEAN_FLAGS);
    rounds.push({ ours, wsclean: { dirty, clean: cleaned } });
  }
  await report(rounds);
} finally {
  await Deno.remove(folder, { recursive: true });
}

interface BenchData {
  visset: string;
  ms: string;
  cellArcsec: number;
}

/** 96 antennas, 48 channels, 6 integrations, 8 sources. */
async function prepare(folder: string): Promise<BenchData> {
  const options = { antennas: 96, channels: 48, integrations: 6, sources: 8, gainSeed: null };
  const { files: [file] } = await simulate(folder, options);
  const visset = `${folder}/visset`;
  await convertUvh5([file], visset, () => {});
  const child = new Deno.Command(PYTHON, {
    args: [CONVERT],
    env: { HOME: folder, OPENBLAS_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "piped",
    stdout: "null",
  }).spawn();
  const task = new Blob([JSON.stringify({ params: { input: file }, inputs: {}, "work_dir": folder })]);
  await task.stream().pipeTo(child.stdin);
  if (!(await child.status).success) throw new Error("The Measurement Set could not be made");
  const { cellRad } = chooseField(loadStokesI(visset, readVissetMeta(visset)), DISH_M, { size: SIZE });
  return { visset, ms: `${folder}/visibilities.ms`, cellArcsec: cellRad * ARCSEC_PER_RAD };
}

/** What the stage does, step by step. */
async function measureOurs(visset: string, folder: string): Promise<Times> {
  const times: Times = {};
  const timed = <T>(what: string, run: () => T): T => {
    const startedAt = performance.now();
    const result = run();
    times[what] = (times[what] ?? 0) + (performance.now() - startedAt) / 1000;
    return result;
  };
  const data = timed("load", () => loadStokesI(visset, readVissetMeta(visset)));
  const { size, cellRad } = chooseField(data, DISH_M, { size: SIZE });
  const weights = timed("weigh", () => briggsWeights(data, { size, cellRad, robust: ROBUST }));
  const imager = timed("place samples", () => new Imager({ data, weights, size, cellRad }));
  timed("dirty image", () => imager.dirty(data.visibility));
  const psf = timed("point spread", () => imager.pointSpread());
  const shape = fitBeam(psf, 2 * size);
  beamOfShape(shape, cellRad);
  const cleaning = {
    dirty: (visibility: Float32Array) => timed("major cycles: grid", () => imager.dirty(visibility)),
    subtract: (visibility: Float32Array, model: ReadonlyMap<number, number>) =>
      timed("major cycles: degrid", () => imager.subtract(visibility, model)),
  };
  const startedAt = performance.now();
  const result = clean(cleaning, psf, data.visibility, { size });
  const total = (performance.now() - startedAt) / 1000;
  times["minor cycles"] = total - times["major cycles: grid"] - times["major cycles: degrid"];
  const image = timed("restore", () => restore(result.residual, result.model, { size, shape }));
  const writing = performance.now();
  await Deno.writeFile(`${folder}/ours.fits`, encodeFits(image, [size, size], []));
  times["write"] = (performance.now() - writing) / 1000;
  return times;
}

async function measureWsclean({ ms, cellArcsec }: BenchData, more: string[]): Promise<number> {
  const startedAt = performance.now();
  const { success, stdout } = await new Deno.Command(WSCLEAN, {
    // deno-fmt-ignore
    args: [
      "-name", `${folder}/wsclean`, "-temp-dir", folder, "-no-update-model-required", "-data-column", "DATA", "-pol", "I",
      "-size", String(SIZE), String(SIZE), "-scale", `${cellArcsec}asec`, "-weight", "briggs", String(ROBUST), ...more, ms,
    ],
    env: { OPENBLAS_NUM_THREADS: "1" },
  }).output();
  if (!success) throw new Error(`wsclean failed: ${new TextDecoder().decode(stdout).slice(-500)}`);
  return (performance.now() - startedAt) / 1000;
}

async function report(
  rounds: readonly { ours: Times; wsclean: { dirty: number; clean: number } }[],
): Promise<void> {
  const steps = Object.keys(rounds[0].ours);
  const total = (times: Times, names: readonly string[]) => names.reduce((sum, name) => sum + times[name], 0);
  const afterwards = steps.filter((name) => name !== "dirty image");
  const figures = [
    compare("dirty image", rounds.map(({ ours, wsclean }) => [total(ours, DIRTY_STEPS), wsclean.dirty])),
    compare("CLEAN", rounds.map(({ ours, wsclean }) => [total(ours, afterwards), wsclean.clean])),
  ];
  const spent = Object.fromEntries(steps.map((name) => [name, median(rounds.map(({ ours }) => ours[name]))]));
  if (flags.json) return printJson(context, { figures, spent });
  printHeading(context, `${SIZE} x ${SIZE} pixels of 96 antennas, 48 channels, 6 integrations: wall time`);
  await printTable(
    context,
    ["", "here (s)", "wsclean (s)", "ratio"],
    figures.map((
      { what, here, wsclean, ratio },
    ) => [what, here.toFixed(2), wsclean.toFixed(2), ratio.toFixed(2)]),
  );
  printHeading(context, "Where the time goes here");
  await printTable(
    context,
    ["step", "s"],
    Object.entries(spent).map(([name, seconds]) => [name, seconds.toFixed(2)]),
  );
}

function compare(what: string, pairs: readonly (readonly number[])[]) {
  return {
    what,
    here: median(pairs.map(([here]) => here)),
    wsclean: median(pairs.map(([, wsclean]) => wsclean)),
    ratio: median(pairs.map(([here, wsclean]) => here / wsclean)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
