/**
 * From a scan of a calibrator to a calibration table.
 *
 * Channels share a solution where one channel alone is too noisy. Noise in the gains lowers the flux densities that
 * they are applied to by about 2 / SNR^2, so solutions are widened until the median antenna reaches an SNR of 20
 * (a bias of 0.5 %). Gains between the centres of solutions are interpolated linearly. A solution is flagged for each
 * antenna whose gain is lost in noise there, and takes no part.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { gainIndex, type GainTable } from "./gain_table.ts";
import { mergeSums, noiseVariance, type ScanSums, sumScan } from "./scan_sums.ts";
import type { ModelSource } from "./sky_model.ts";
import { median } from "./statistics.ts";
import { type GainSolution, solveGains } from "./stefcal.ts";
import type { VisibilityBlock, VissetMeta } from "./visset.ts";

/** SNR of the median antenna's gain that a solution should have. */
const WANTED_SNR = 20;
/** SNR of an antenna's gain below which the solution is flagged for this antenna. */
const LEAST_ANTENNA_SNR = 3;
/** SNR of the median antenna's gain below which gains are mere noise. */
const LEAST_SNR = 5;
/** An antenna whose gain is below this fraction of the median has no signal: it would only add noise. */
const DEAD_FRACTION = 0.15;

/** What to solve for. */
export interface SolveOptions {
  /** What the calibrator looks like. */
  model: readonly ModelSource[];
  /** Positions of the channels to use. */
  channels: readonly number[];
}

/** One solution and where on the channel axis it belongs. */
interface Solution extends GainSolution {
  /** Mean position of its channels. */
  centre: number;
  /** Signal-to-noise ratio of each antenna's gain; 0 for antennas without data. */
  snr: number[];
}

/**
 * Solves for the gains of a scan.
 *
 * @param meta Description of the calibrator's visset.
 * @param blocks Its rows.
 * @throws {BadInput} when no solution converges, or all are lost in noise.
 */
export function solveScan(
  meta: VissetMeta,
  blocks: Iterable<VisibilityBlock>,
  options: SolveOptions,
): GainTable {
  const sums = sumScan(meta, blocks, options.channels, options.model);
  const { width, solutions } = chooseWidth(sums, options);
  const converged = solutions.map((list) => list.filter((solution) => solution.converged));
  const snr = medianSnr(converged);
  if (converged.some((list) => list.length === 0) || !(snr >= LEAST_SNR)) {
    throw new BadInput(
      `No gains were found for field "${meta.phaseCentre.name}": the calibrator must be strong, and look ` +
        'as the parameter "model" says: name another scan in the parameter "calibrator"',
    );
  }
  const reference = chooseReference(converged);
  converged.flat().forEach((solution) => referToAntenna(solution, reference));
  const dead = converged.map(findDeadAntennas);
  return {
    version: 1,
    telescope: meta.telescope,
    antennas: meta.antennas.map(({ name }) => name),
    polarizations: meta.polarizations,
    frequenciesHz: meta.frequenciesHz,
    channelWidthHz: meta.channelWidthHz,
    solvedChannels: options.channels.map((position) => meta.channels[position]),
    startJd: meta.startJd,
    endJd: meta.endJd,
    modelFluxJy: options.model.reduce((sum, { fluxJy }) => sum + fluxJy, 0),
    referenceAntenna: meta.antennas[reference].name,
    channelsPerSolution: width,
    medianSnr: snr,
    iterations: Math.max(...solutions.flat().map(({ iterations }) => iterations)),
    solutions: {
      total: solutions.flat().length,
      unconverged: solutions.flat().length - converged.flat().length,
      flaggedFraction: fractionFlagged(converged.flat()),
    },
    dropped: dead.flatMap((list, p) => {
      return list.map((k) => ({ antenna: meta.antennas[k].name, polarization: meta.polarizations[p] }));
    }),
    gains: fillGains(meta, converged, dead),
  };
}

/** The narrowest solutions, in powers of two, that reach the wanted SNR; else one for all channels. */
function chooseWidth(sums: ScanSums[][], options: SolveOptions): { width: number; solutions: Solution[][] } {
  const { channels } = options;
  for (let width = 1;; width *= 2) {
    const solutions = sums.map((list) => solveGroups(list, width, options));
    if (width >= channels.length || isGoodEnough(solutions)) {
      return { width: Math.min(width, channels.length), solutions };
    }
  }
}

function isGoodEnough(solutions: Solution[][]): boolean {
  return solutions.flat().every(({ converged }) => converged) && medianSnr(solutions) >= WANTED_SNR;
}

function medianSnr(solutions: Solution[][]): number {
  return median(solutions.flat().flatMap(({ snr }) => snr.filter((value) => value > 0)));
}

function solveGroups(sums: ScanSums[], width: number, options: SolveOptions): Solution[] {
  const solutions = [];
  for (let first = 0; first < sums.length; first += width) {
    const members = options.channels.slice(first, first + width);
    const total = mergeSums(sums.slice(first, first + width));
    if (total.sampleCount === 0) continue; // all flagged, as the edges of a band often are
    const solution = solveGains(total, 1);
    const centre = members.reduce((sum, position) => sum + position, 0) / members.length;
    solutions.push({ ...solution, centre, snr: gainSnr(total, solution) });
  }
  return solutions;
}

/** Each gain is a linear fit to the visibilities of its baselines; this is its value over its formal error. */
function gainSnr(sums: ScanSums, solution: GainSolution): number[] {
  const variance = noiseVariance(sums);
  const n = sums.antennaCount;
  return Array.from({ length: n }, (_, i) => {
    let norm = 0;
    for (let j = 0; j < n; j++) {
      norm += sums.weight[i * n + j] * (solution.real[j] ** 2 + solution.imaginary[j] ** 2);
    }
    const amplitude = Math.hypot(solution.real[i], solution.imaginary[i]);
    return variance === 0 ? (amplitude > 0 ? 1e6 : 0) : amplitude * Math.sqrt(norm / variance);
  });
}

/** The antenna with the best gains throughout. */
function chooseReference(solutions: Solution[][]): number {
  const all = solutions.flat();
  const worst = all[0].snr.map((_, k) => Math.min(...all.map(({ snr }) => snr[k])));
  return worst.indexOf(Math.max(...worst));
}

/** Turns the common phase, which is undetermined, so that the reference antenna's is zero. */
function referToAntenna(solution: Solution, reference: number): void {
  const [re, im] = [solution.real[reference], solution.imaginary[reference]];
  const amplitude = Math.hypot(re, im) || 1;
  const [cos, sin] = [re / amplitude, im / amplitude];
  solution.real.forEach((real, k) => {
    const imaginary = solution.imaginary[k];
    solution.real[k] = real * cos + imaginary * sin;
    solution.imaginary[k] = imaginary * cos - real * sin;
  });
}

function findDeadAntennas(solutions: Solution[]): number[] {
  const amplitudes = Array.from(solutions[0].real, (_, k) => {
    return median(solutions.map(({ real, imaginary }) => Math.hypot(real[k], imaginary[k])));
  });
  const limit = DEAD_FRACTION * median(amplitudes.filter((amplitude) => amplitude > 0));
  return [...amplitudes.keys()].filter((k) => !(amplitudes[k] >= limit && amplitudes[k] > 0));
}

function fillGains(meta: VissetMeta, solutions: Solution[][], dead: number[][]): Float64Array {
  const shape = { antennas: meta.antennas.map(({ name }) => name), frequenciesHz: meta.frequenciesHz };
  const gains = new Float64Array(gainIndex(shape, meta.polarizations.length, 0));
  solutions.forEach((list, p) => {
    shape.antennas.forEach((_, k) => {
      const good = list.filter((solution) => !isFlagged(solution, k));
      if (dead[p].includes(k) || good.length === 0) return;
      meta.frequenciesHz.forEach((_, channel) => {
        const [below, above, fraction] = neighbours(good, channel);
        const at = gainIndex(shape, p, channel) + 2 * k;
        gains[at] = below.real[k] + fraction * (above.real[k] - below.real[k]);
        gains[at + 1] = below.imaginary[k] + fraction * (above.imaginary[k] - below.imaginary[k]);
      });
    });
  });
  return gains;
}

function isFlagged({ snr }: Solution, antenna: number): boolean {
  return snr[antenna] < LEAST_ANTENNA_SNR;
}

/** Fraction of antenna's solutions that are flagged, those of antennas without data included. */
function fractionFlagged(solutions: Solution[]): number {
  const flags = solutions.flatMap((solution) => [...solution.snr.keys()].map((k) => isFlagged(solution, k)));
  return flags.filter(Boolean).length / flags.length;
}

/** The solutions on both sides of a channel, and how far it is from the first to the second. */
function neighbours(solutions: Solution[], channel: number): [Solution, Solution, number] {
  const next = solutions.findIndex(({ centre }) => centre >= channel);
  if (next <= 0) {
    const only = solutions.at(next)!; // the first, or (where next is -1) the last
    return [only, only, 0];
  }
  const [below, above] = [solutions[next - 1], solutions[next]];
  return [below, above, (channel - below.centre) / (above.centre - below.centre)];
}
