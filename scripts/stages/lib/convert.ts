/**
 * From a UVH5 file to a visset.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { Hdf5File } from "./hdf5.ts";
import { readMeridianPointing, turnToFixedPosition } from "./meridian.ts";
import { readUvh5Blocks } from "./uvh5_blocks.ts";
import { readUvh5Header, requireGroups, type Uvh5Header } from "./uvh5_header.ts";
import { readPhaseCentre } from "./uvh5_phase_centre.ts";
import { type PhaseCentre, type VisibilityBlock, type VissetMeta, writeVisset } from "./visset.ts";

/** What a conversion found. */
export interface Conversion {
  /** Description of the visset. */
  meta: VissetMeta;
  /** Fraction of the kept samples that are flagged. */
  flaggedFraction: number;
}

/**
 * Converts a UVH5 file.
 *
 * @param input Path of the file.
 * @param folder Where the visset shall stand.
 * @param onProgress Called with the fraction of the rows that is done.
 * @throws {BadInput} when the file is missing, damaged, incomplete or unphased, or all its data are flagged.
 */
export async function convertUvh5(
  input: string,
  folder: string,
  onProgress: (fraction: number) => void,
): Promise<Conversion> {
  using file = await Hdf5File.open(input);
  requireGroups(file);
  const fixed = readPhaseCentre(file);
  const header = readUvh5Header(file);
  const { centre, blocks } = fixed
    ? { centre: fixed, blocks: readUvh5Blocks(file, header) }
    : turn(file, header);
  const counts = { kept: 0, flagged: 0 };
  const counted = countFlags(blocks, counts, (rows) => onProgress(rows / header.rowCount));
  const meta = writeVisset(folder, describe(header, centre), counted);
  if (counts.kept === counts.flagged) {
    throw new BadInput(`All samples of ${input} are flagged or auto-correlations: there is nothing to image`);
  }
  return { meta, flaggedFraction: counts.flagged / counts.kept };
}

function turn(
  file: Hdf5File,
  header: Uvh5Header,
): { centre: PhaseCentre; blocks: Iterable<VisibilityBlock> } {
  const pointing = readMeridianPointing(file, header);
  return {
    centre: pointing.centre,
    blocks: turnToFixedPosition(readUvh5Blocks(file, header), header, pointing),
  };
}

function describe(header: Uvh5Header, phaseCentre: PhaseCentre): Omit<VissetMeta, "rowCount"> {
  let [startJd, endJd] = [Infinity, -Infinity];
  for (const time of header.timeJd) {
    startJd = Math.min(startJd, time);
    endJd = Math.max(endJd, time);
  }
  return {
    version: 1,
    telescope: header.telescope,
    phaseCentre,
    frequenciesHz: header.frequenciesHz,
    channelWidthHz: header.channelWidthHz,
    channels: header.frequenciesHz.map((_, channel) => channel),
    polarizations: header.parallelHands.map(({ name }) => name),
    antennas: header.antennas,
    startJd,
    endJd,
    unit: header.unit,
  };
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
