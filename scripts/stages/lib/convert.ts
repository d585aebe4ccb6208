/**
 * From UVH5 files to a visset.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { Hdf5File } from "./hdf5.ts";
import { isoTime } from "./image_header.ts";
import { type MeridianPointing, readMeridianPointing, turnToFixedPosition } from "./meridian.ts";
import { type ChannelSource, joinSubBands, listChannels, requireOneScan, type SubBand } from "./sub_bands.ts";
import { chooseRows, readUvh5Blocks } from "./uvh5_blocks.ts";
import { readUvh5Header, requireGroups } from "./uvh5_header.ts";
import { readPhaseCentre } from "./uvh5_phase_centre.ts";
import { type VisibilityBlock, type VissetMeta, writeVisset } from "./visset.ts";

/** What a conversion found. */
export interface Conversion {
  /** Description of the visset. */
  meta: VissetMeta;
  /** Fraction of the kept samples that are flagged. */
  flaggedFraction: number;
}

/**
 * Converts a UVH5 file, or the sub-bands of one scan, which become one set of channels.
 *
 * @param inputs Paths of the files.
 * @param folder Where the visset shall stand.
 * @param onProgress Called with the fraction of the rows that is done.
 * @throws {BadInput} when a file is missing, damaged, incomplete or unphased, files do not belong together, or all data
 * are flagged.
 */
export async function convertUvh5(
  inputs: readonly string[],
  folder: string,
  onProgress: (fraction: number) => void,
): Promise<Conversion> {
  using stack = new DisposableStack();
  const files = [];
  for (const input of inputs) files.push(stack.use(await Hdf5File.open(input)));
  const bands = files.map(openSubBand);
  alignPointings(bands);
  requireOneScan(bands);
  const channels = listChannels(bands);
  const meta = describe(bands, channels);
  const counts = { kept: 0, flagged: 0 };
  const counted = countFlags(readRows(bands, channels), counts, (rows) => {
    onProgress(Math.min(1, rows / bands[0].header.rowCount));
  });
  const written = writeVisset(folder, meta, counted);
  if (counts.kept === counts.flagged) {
    throw new BadInput(
      `All samples of ${inputs.join(" and ")} are flagged or auto-correlations: there is nothing to image`,
    );
  }
  return { meta: written, flaggedFraction: counts.flagged / counts.kept };
}

/** A file, with what is needed to turn it to the sky; no pointing where it is phased to a fixed position already. */
interface OpenBand extends SubBand {
  file: Hdf5File;
  pointing: MeridianPointing | null;
}

function openSubBand(file: Hdf5File): OpenBand {
  requireGroups(file);
  const fixed = readPhaseCentre(file);
  const header = readUvh5Header(file);
  const pointing = fixed ? null : readMeridianPointing(file, header);
  return { file, path: file.path, header, centre: fixed ?? pointing!.centre, pointing };
}

/** Files whose clocks differ a little look at slightly different places at mid time: all are turned to the first's. */
function alignPointings(bands: OpenBand[]): void {
  const first = bands[0].pointing;
  for (const band of bands) {
    if (first === null || band.pointing === null) continue;
    band.pointing = { ...band.pointing, raRad: first.raRad };
    band.centre = { ...band.centre, raDeg: first.centre.raDeg };
  }
}

function readRows(bands: readonly OpenBand[], channels: readonly ChannelSource[]): Iterable<VisibilityBlock> {
  const rowsPerBlock = Math.min(...bands.map(({ file, header }) => chooseRows(file, header, bands.length)));
  const streams = bands.map(({ file, header, pointing }) => {
    const blocks = readUvh5Blocks(file, header, rowsPerBlock);
    return pointing === null ? blocks : turnToFixedPosition(blocks, header, pointing);
  });
  if (streams.length === 1) return streams[0];
  return joinSubBands(streams, channels, bands[0].header.parallelHands.map(({ name }) => name));
}

function describe(
  bands: readonly SubBand[],
  channels: readonly ChannelSource[],
): Omit<VissetMeta, "rowCount"> {
  const [{ header, centre }] = bands;
  const times = bands.flatMap(({ header }) => [header.timeJd.reduce(least), header.timeJd.reduce(most)]);
  const startJd = times.reduce(least);
  return {
    version: 1,
    telescope: header.telescope,
    scan: nameScan(header.telescope, startJd, channels),
    phaseCentre: centre,
    frequenciesHz: channels.map(({ frequencyHz }) => frequencyHz),
    channelWidthHz: header.channelWidthHz,
    channels: channels.map((_, number) => number),
    polarizations: header.parallelHands.map(({ name }) => name),
    antennas: header.antennas,
    startJd,
    endJd: times.reduce(most),
    unit: header.unit,
  };
}

/** Telescope, start to the millisecond, and the outermost channels in MHz. */
function nameScan(telescope: string, startJd: number, channels: readonly ChannelSource[]): string {
  const frequencies = channels.map(({ frequencyHz }) => frequencyHz);
  const [from, to] = [frequencies.reduce(least), frequencies.reduce(most)].map((hz) => (hz / 1e6).toFixed(3));
  return `${telescope.slice(0, 16)} ${isoTime(startJd)} ${from}-${to} MHz`;
}

function least(a: number, b: number): number {
  return Math.min(a, b);
}

function most(a: number, b: number): number {
  return Math.max(a, b);
}

function* countFlags(
  blocks: Iterable<VisibilityBlock>,
  counts: { kept: number; flagged: number },
  onRows: (rows: number) => void,
): Generator<VisibilityBlock> {
  let rows = 0;
  for (const block of blocks) {
    const used = block.weight.subarray(
      0,
      block.weight.length / (block.antenna1.length || 1) * block.rowCount,
    );
    counts.kept += used.length;
    for (const weight of used) if (weight === 0) counts.flagged++;
    rows += block.rowCount;
    yield block;
    onRows(rows);
  }
}
