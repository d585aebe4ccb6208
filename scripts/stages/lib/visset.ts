/**
 * The visibility set ("visset"): a folder of plain columns that every stage after convert_uvh5 reads.
 *
 * `meta.json` describes the observation; each other file is one column, little-endian, rows in file order:
 *
 * | file | type | per row |
 * | --- | --- | --- |
 * | visibility.f32 | float32 pairs (real, imaginary) | channels x polarizations |
 * | weight.f32 | float32, 0 = flagged | channels x polarizations |
 * | uvw.f64 | float64, metres | 3 |
 * | time.f64 | float64, Julian date (UTC) of the middle of the integration | 1 |
 * | antenna1.i32, antenna2.i32 | int32, index into `antennas` | 1 |
 *
 * Conventions are those of UVH5: `uvw` points from antenna 1 to antenna 2, and a source of flux S at direction cosines
 * (l, m, n) appears as V = S exp(+2 pi i (u l + v m + w (n - 1)) / wavelength). Only cross-correlations and parallel
 * hands are kept. Columns are read and written in blocks of rows, so that memory does not grow with the file.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import { writeAll, writeProductFolder } from "./products.ts";

/** A position on the sky and the frame that it is given in. */
export interface PhaseCentre {
  /** Name of the field or source. */
  name: string;
  /** Right ascension, in degrees. */
  raDeg: number;
  /** Declination, in degrees. */
  decDeg: number;
  /** Reference frame, as FITS names it: `GAPPT` is the apparent place of date. */
  frame: "ICRS" | "FK5" | "FK4" | "GAPPT";
  /** Equinox in years, null for frames without one. */
  equinox: number | null;
}

/** One antenna of the array. */
export interface Antenna {
  /** Name in the telescope's own numbering. */
  name: string;
  /** Diameter of the dish in metres, null when unknown. */
  diameterM: number | null;
}

/** What `meta.json` holds. */
export interface VissetMeta {
  /** Version of this layout. */
  version: 1;
  /** Telescope that observed. */
  telescope: string;
  /** What was observed, when, and in which band: the same whatever is made of it later. At most 68 characters. */
  scan: string;
  /** Direction in which the visibilities have phase zero. */
  phaseCentre: PhaseCentre;
  /** Number of rows: one per baseline and integration. */
  rowCount: number;
  /** Centre of each channel, in Hz. */
  frequenciesHz: number[];
  /** Width of each channel, in Hz. */
  channelWidthHz: number;
  /** Number of each channel in the file that was converted. */
  channels: number[];
  /** Names of the polarizations (`XX`, `YY`, `RR`, `LL`, `I`), in order. */
  polarizations: string[];
  /** Antennas that have data. */
  antennas: Antenna[];
  /** Middle of the first integration, as a Julian date in UTC. */
  startJd: number;
  /** Middle of the last integration, as a Julian date in UTC. */
  endJd: number;
  /** Unit of the visibilities, as the file said: `uncalib` or `Jy`. */
  unit: string;
}

/** Some consecutive rows of a visset; the module's table says what each array holds per row. */
export interface VisibilityBlock {
  /** Number of rows. */
  rowCount: number;
  /** Real and imaginary parts. */
  visibility: Float32Array;
  /** Weights; 0 marks a flagged sample. */
  weight: Float32Array;
  /** Baseline coordinates, in metres. */
  uvwM: Float64Array;
  /** Julian dates. */
  timeJd: Float64Array;
  /** Index of the first antenna. */
  antenna1: Int32Array;
  /** Index of the second antenna. */
  antenna2: Int32Array;
}

type ColumnName = Exclude<keyof VisibilityBlock, "rowCount">;
type ColumnArray = typeof Float32Array | typeof Float64Array | typeof Int32Array;

interface Column {
  readonly name: ColumnName;
  readonly file: string;
  readonly array: ColumnArray;
  /** Numbers per row. */
  width(meta: Pick<VissetMeta, "frequenciesHz" | "polarizations">): number;
}

const COLUMNS: readonly Column[] = [
  {
    name: "visibility",
    file: "visibility.f32",
    array: Float32Array,
    width: (meta) => 2 * samplesPerRow(meta),
  },
  { name: "weight", file: "weight.f32", array: Float32Array, width: samplesPerRow },
  { name: "uvwM", file: "uvw.f64", array: Float64Array, width: () => 3 },
  { name: "timeJd", file: "time.f64", array: Float64Array, width: () => 1 },
  { name: "antenna1", file: "antenna1.i32", array: Int32Array, width: () => 1 },
  { name: "antenna2", file: "antenna2.i32", array: Int32Array, width: () => 1 },
];

/** Bytes of visibilities that one block holds at most. */
const BLOCK_BYTES = 8 << 20;

/** Number of samples in a row: channels times polarizations. */
export function samplesPerRow(meta: Pick<VissetMeta, "frequenciesHz" | "polarizations">): number {
  return meta.frequenciesHz.length * meta.polarizations.length;
}

/** Makes a block of zeros. */
export function createBlock(
  meta: Pick<VissetMeta, "frequenciesHz" | "polarizations">,
  rowCount: number,
): VisibilityBlock {
  const arrays = COLUMNS.map(({ name, array, width }) => [name, new array(width(meta) * rowCount)]);
  return { rowCount, ...Object.fromEntries(arrays) };
}

/**
 * Writes a visset, whole or not at all.
 *
 * @param folder Where it shall stand.
 * @param meta Its description; `rowCount` is counted here.
 * @param blocks The rows, block by block. A block may be reused by its producer after it was consumed.
 * @returns The description with the row count.
 */
export function writeVisset(
  folder: string,
  meta: Omit<VissetMeta, "rowCount">,
  blocks: Iterable<VisibilityBlock>,
): VissetMeta {
  return writeProductFolder(folder, (partial) => {
    using stack = new DisposableStack();
    const files = COLUMNS.map(({ file }) => {
      return stack.use(Deno.openSync(`${partial}/${file}`, { write: true, create: true, truncate: true }));
    });
    let rowCount = 0;
    for (const block of blocks) {
      COLUMNS.forEach(({ name, width }, k) => {
        writeAll(files[k], bytesOf(block[name].subarray(0, width(meta) * block.rowCount)));
      });
      rowCount += block.rowCount;
    }
    files.forEach((file) => file.syncSync());
    const complete = { ...meta, rowCount };
    Deno.writeTextFileSync(`${partial}/meta.json`, JSON.stringify(complete, null, 1) + "\n");
    return complete;
  });
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Reads the description of a visset.
 *
 * @throws {BadInput} when the folder is none, or a column is missing or has another length than it should.
 */
export function readVissetMeta(folder: string): VissetMeta {
  const meta = parseMeta(folder);
  for (const column of COLUMNS) {
    const expected = meta.rowCount * column.width(meta) * column.array.BYTES_PER_ELEMENT;
    const size = sizeOf(`${folder}/${column.file}`);
    if (size !== expected) {
      throw new BadInput(
        `Visibility set ${folder} is damaged: ${column.file} has ${size} bytes instead of ${expected}; ` +
          "run convert_uvh5 again",
      );
    }
  }
  return meta;
}

function parseMeta(folder: string): VissetMeta {
  try {
    const meta = JSON.parse(Deno.readTextFileSync(`${folder}/meta.json`));
    if (meta.version === 1 && Array.isArray(meta.frequenciesHz)) return meta;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)) throw error;
  }
  throw new BadInput(`${folder} is not a visibility set: name a folder that convert_uvh5 has made`);
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/**
 * Reads a visset in blocks of rows.
 *
 * @param folder A visset.
 * @param meta Its description, from {@linkcode readVissetMeta}.
 * @yields Blocks that share their memory: use each before taking the next.
 */
export function* readVisset(folder: string, meta: VissetMeta): Generator<VisibilityBlock> {
  using stack = new DisposableStack();
  const files = COLUMNS.map(({ file }) => stack.use(Deno.openSync(`${folder}/${file}`)));
  const rowsPerBlock = Math.max(
    1,
    Math.min(meta.rowCount, Math.floor(BLOCK_BYTES / (8 * samplesPerRow(meta)))),
  );
  const block = createBlock(meta, rowsPerBlock);
  for (let first = 0; first < meta.rowCount; first += rowsPerBlock) {
    block.rowCount = Math.min(rowsPerBlock, meta.rowCount - first);
    COLUMNS.forEach(({ name, width }, k) => {
      readExactly(files[k], bytesOf(block[name].subarray(0, width(meta) * block.rowCount)));
    });
    yield block;
  }
}

function readExactly(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) throw new Error("A column of the visibility set ended too early");
    done += count;
  }
}
