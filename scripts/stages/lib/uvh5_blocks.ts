/**
 * The visibilities of a UVH5 file, in blocks of rows.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import type { Hdf5Type } from "./hdf5_module.ts";
import type { Hdf5File } from "./hdf5.ts";
import type { Uvh5Header } from "./uvh5_header.ts";
import { createBlock, type VisibilityBlock } from "./visset.ts";

/** Bytes of visibilities that are read at a time, unless the file's chunks are larger. */
const TARGET_BYTES = 8 << 20;
/** Bytes that are never exceeded, even if chunks must then be read several times. */
const LIMIT_BYTES = 48 << 20;
/** Visibilities beyond this are no measurement, in whatever unit: memory that was written as it stood. */
const MAX_VISIBILITY = 1e15;

/**
 * Reads the cross-correlations and parallel hands of a file.
 *
 * The weight of a sample is `nsamples` times the integration time, which is proportional to 1 / variance; it is 0 for
 * samples that are flagged, or whose value or weight is not a finite, positive number.
 *
 * @param file An open UVH5 file.
 * @param header Its header.
 * @param rowsPerBlock Rows that are read at a time, from {@linkcode chooseRows}.
 * @yields Blocks that share their memory: use each before taking the next.
 * @throws {BadInput} when the data are not complex numbers, are beyond reason, or cannot be read.
 */
export function* readUvh5Blocks(
  file: Hdf5File,
  header: Uvh5Header,
  rowsPerBlock: number,
): Generator<VisibilityBlock> {
  const meta = {
    frequenciesHz: header.frequenciesHz,
    polarizations: header.parallelHands.map(({ name }) => name),
  };
  const type = file.describe("Data/visdata");
  const block = createBlock(meta, rowsPerBlock);
  for (let first = 0; first < header.rowCount; first += rowsPerBlock) {
    const count = Math.min(rowsPerBlock, header.rowCount - first);
    const raw = {
      samples: complexView(file, type, file.rows("Data/visdata", first, count)),
      flags: new Uint8Array(file.rows("Data/flags", first, count)),
      sampleCounts: realView(file, "Data/nsamples", first, count),
      rowCount: count,
    };
    requireReason(file, raw);
    fillBlock(block, header, first, raw);
    yield block;
  }
}

/**
 * Chooses how many rows to read at a time: a multiple of the chunk length, so that each chunk is decompressed once.
 *
 * @param fileCount Number of files that are read side by side.
 */
export function chooseRows(file: Hdf5File, header: Uvh5Header, fileCount: number): number {
  const type = file.describe("Data/visdata");
  const bytesPerRow = type.size * header.channelCount * header.polarizationCount * fileCount;
  const chunkRows = Number(type.chunks?.[0] ?? 1);
  const wanted = Math.max(1, Math.round(TARGET_BYTES / (bytesPerRow * chunkRows))) * chunkRows;
  return Math.max(1, Math.min(header.rowCount, wanted, Math.floor(LIMIT_BYTES / bytesPerRow)));
}

/** Refuses values that no correlator makes; what is flagged may be anything. */
function requireReason(file: Hdf5File, { samples, flags, sampleCounts }: RawRows): void {
  let [largest, least] = [0, 0];
  for (let k = 0; k < flags.length; k++) {
    if (flags[k] !== 0) continue;
    largest = Math.max(largest, largerPart(samples[2 * k], samples[2 * k + 1]));
    if (sampleCounts[k] < least) least = sampleCounts[k];
  }
  if (largest > MAX_VISIBILITY) {
    throw new BadInput(
      `Dataset Data/visdata of ${file.path} holds values up to ${largest.toPrecision(2)}, beyond reason: ` +
        "the file is damaged, write it again from its source",
    );
  }
  if (least < 0) {
    throw new BadInput(
      `Dataset Data/nsamples of ${file.path} holds negative numbers of samples, down to ${
        least.toPrecision(2)
      }: the file is damaged, write it again from its source`,
    );
  }
}

/** The larger absolute value; 0 for what is not finite, which is flagged later. */
function largerPart(real: number, imaginary: number): number {
  const larger = Math.max(Math.abs(real), Math.abs(imaginary));
  return larger < Infinity ? larger : 0;
}

type Numbers = Float32Array | Float64Array | Int32Array | Int16Array;

function complexView(file: Hdf5File, type: Hdf5Type, bytes: ArrayBuffer): Numbers {
  const members = type.compound_type?.members;
  const view = members?.length === 2 && type.littleEndian && typedView(members[0], bytes);
  if (view) return view;
  throw new BadInput(
    `Dataset Data/visdata of ${file.path} does not hold complex numbers: write the file as complex64`,
  );
}

function realView(file: Hdf5File, name: string, first: number, count: number): Numbers {
  const view = typedView(file.describe(name), file.rows(name, first, count));
  if (view) return view;
  throw new BadInput(`Dataset ${name} of ${file.path} does not hold numbers: write it as float32`);
}

/** HDF5's type classes: 0 is integer, 1 is floating point. */
function typedView({ type, size }: { type: number; size: number }, bytes: ArrayBuffer): Numbers | null {
  if (type === 1 && size === 4) return new Float32Array(bytes);
  if (type === 1 && size === 8) return new Float64Array(bytes);
  if (type === 0 && size === 4) return new Int32Array(bytes);
  return type === 0 && size === 2 ? new Int16Array(bytes) : null;
}

interface RawRows {
  samples: Numbers;
  flags: Uint8Array;
  sampleCounts: Numbers;
  rowCount: number;
}

function fillBlock(block: VisibilityBlock, header: Uvh5Header, first: number, raw: RawRows): void {
  const { channelCount, polarizationCount, parallelHands } = header;
  let row = 0;
  for (let k = 0; k < raw.rowCount; k++) {
    const source = first + k;
    if (header.antenna1[source] === header.antenna2[source]) continue;
    block.antenna1[row] = header.antenna1[source];
    block.antenna2[row] = header.antenna2[source];
    block.timeJd[row] = header.timeJd[source];
    block.uvwM.set(header.uvwM.subarray(3 * source, 3 * source + 3), 3 * row);
    let target = row * channelCount * parallelHands.length;
    for (let channel = 0; channel < channelCount; channel++) {
      const sample = (k * channelCount + channel) * polarizationCount;
      for (const { index } of parallelHands) {
        copySample(raw, sample + index, block, target++, header.integrationSec[source]);
      }
    }
    row++;
  }
  block.rowCount = row;
}

function copySample(
  raw: RawRows,
  from: number,
  block: VisibilityBlock,
  to: number,
  integrationSec: number,
): void {
  const real = raw.samples[2 * from];
  const imaginary = raw.samples[2 * from + 1];
  const weight = raw.sampleCounts[from] * integrationSec;
  const isUsable = raw.flags[from] === 0 && weight > 0 && Number.isFinite(real + imaginary + weight);
  block.visibility[2 * to] = isUsable ? real : 0;
  block.visibility[2 * to + 1] = isUsable ? imaginary : 0;
  block.weight[to] = isUsable ? weight : 0;
}
