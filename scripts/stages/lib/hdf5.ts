/**
 * Reading HDF5 files: header values as numbers and text, large datasets in blocks of rows.
 *
 * libhdf5 answers a damaged file with a stack of some fifty lines; here each failure is one sentence that names the
 * file, the dataset and the remedy.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import type { Dataset, File, Group } from "h5wasm";
import { mountHostFile } from "./host_file.ts";
import { type H5Module, type Hdf5Type, loadHdf5 } from "./hdf5_module.ts";

/** Filters that can be undone here: deflate, shuffle, fletcher32, nbit, scale-offset, and LZF, which is a plugin. */
const READABLE_FILTERS = [1, 2, 3, 5, 6, 32000];

/** An HDF5 file that is open for reading. */
export class Hdf5File implements Disposable {
  readonly #path: string;
  readonly #module: H5Module;
  readonly #file: File;
  readonly #stack: DisposableStack;

  private constructor(path: string, module: H5Module, file: File, stack: DisposableStack) {
    this.#path = path;
    this.#module = module;
    this.#file = file;
    this.#stack = stack;
  }

  /**
   * Opens a file.
   *
   * @param path Absolute path.
   * @throws {BadInput} when it does not exist, is no HDF5 file, or is truncated.
   */
  static async open(path: string): Promise<Hdf5File> {
    const { module, File } = await loadHdf5();
    const stack = new DisposableStack();
    const { inner } = stack.use(mountOrRefuse(module, path));
    try {
      const file = new File(inner, "r");
      stack.defer(() => closeQuietly(file));
      return new Hdf5File(path, module, file, stack);
    } catch (error) {
      stack.dispose();
      throw new BadInput(explainOpen(path, String(error)));
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  /** Path of the file, for messages. */
  get path(): string {
    return this.#path;
  }

  /** True when a dataset or group exists. */
  has(name: string): boolean {
    return this.#find(name) !== null;
  }

  /** Names in a group; empty when the group does not exist. */
  list(name: string): string[] {
    return (this.#find(name) as Group | null)?.keys() ?? [];
  }

  /**
   * Type and shape of a dataset.
   *
   * @throws {BadInput} when it is missing, or compressed in a way that cannot be read.
   */
  describe(name: string): Hdf5Type & { shape: number[] } {
    const dataset = this.#dataset(name);
    const { file_id: file, path } = dataset;
    const filter = this.#module.get_dataset_filters(file, path).find(({ id }) =>
      !READABLE_FILTERS.includes(id)
    );
    if (filter) {
      throw new BadInput(
        `Dataset ${name} of ${this.#path} is compressed with "${filter.name}", which cannot be read here: ` +
          "rewrite the file with h5repack -f SHUF -f GZIP=4",
      );
    }
    const type = this.#module.get_dataset_metadata(file, path);
    return { ...type, shape: (type.shape ?? []).map(Number) };
  }

  /**
   * All numbers of a small dataset, flattened.
   *
   * @throws {BadInput} when it is missing, unreadable, or holds something else.
   */
  numbers(name: string): Float64Array {
    const value = this.#value(name);
    const list = typeof value === "object" && value !== null && "length" in value ? value : [value];
    const numbers = Float64Array.from(list as ArrayLike<unknown>, Number);
    if (numbers.every(Number.isFinite)) return numbers;
    throw new BadInput(`Dataset ${name} of ${this.#path} holds values that are not finite numbers`);
  }

  /** The number in a scalar dataset (or the first of an array); undefined when the dataset does not exist. */
  number(name: string): number | undefined {
    return this.has(name) ? this.numbers(name)[0] : undefined;
  }

  /** The text in a scalar dataset; undefined when the dataset does not exist. */
  text(name: string): string | undefined {
    return this.has(name) ? this.texts(name)[0] : undefined;
  }

  /** All texts of a dataset. */
  texts(name: string): string[] {
    const value = this.#value(name);
    return (Array.isArray(value) ? value : [value]).map((text) => String(text).replace(/[\0 ]+$/, ""));
  }

  /**
   * Reads consecutive rows (positions on the first axis) of a dataset.
   *
   * @param name A dataset.
   * @param first First row.
   * @param count Number of rows.
   * @returns Their bytes, as they are in the file.
   * @throws {BadInput} when they cannot be read.
   */
  rows(name: string, first: number, count: number): ArrayBuffer {
    const { size, shape } = this.describe(name);
    const [, ...rest] = shape;
    const bytes = rest.reduce((product, length) => product * length, size * count);
    const { file_id: file, path } = this.#dataset(name);
    const module = this.#module;
    const pointer = module._malloc(bytes);
    if (pointer === 0) throw new Error(`No memory for ${bytes} bytes of dataset ${name}`);
    try {
      this.#guard(name, () => {
        const lengths = [BigInt(count), ...rest.map(BigInt)];
        const offset = [BigInt(first), ...rest.map(() => 0n)];
        module.get_dataset_data(file, path, lengths, offset, shape.map(() => 1n), BigInt(pointer));
      });
      return module.HEAPU8.slice(pointer, pointer + bytes).buffer;
    } finally {
      module._free(pointer);
    }
  }

  #find(name: string): Dataset | Group | null {
    return this.#guard(name, () => this.#file.get(name) as Dataset | Group | null);
  }

  #dataset(name: string): Dataset {
    const found = this.#find(name);
    if (found !== null && "metadata" in found) return found as Dataset;
    throw new BadInput(`Dataset ${name} is missing in ${this.#path}: it is not a complete UVH5 file`);
  }

  #value(name: string): unknown {
    this.describe(name);
    return this.#guard(name, () => this.#dataset(name).value);
  }

  #guard<T>(name: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof BadInput) throw error;
      throw new BadInput(
        `Dataset ${name} of ${this.#path} cannot be read (${lastReason(String(error))}): ` +
          "the file is damaged, copy it again from its source",
      );
    }
  }
}

function mountOrRefuse(module: H5Module, path: string): ReturnType<typeof mountHostFile> {
  try {
    return mountHostFile(module, path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new BadInput(`File ${path} does not exist: correct the parameter "input"`);
    }
    throw error;
  }
}

function explainOpen(path: string, stack: string): string {
  const truncated = /truncated file: eof = (\d+).*stored_eof = (\d+)/.exec(stack);
  if (truncated) {
    const [, present, expected] = truncated;
    return `File ${path} is truncated: it has ${present} of ${expected} bytes; copy it again from its source`;
  }
  if (stack.includes("file signature not found")) {
    return `File ${path} is not an HDF5 file: name a visibility file in UVH5 format`;
  }
  return `File ${path} cannot be opened as HDF5 (${lastReason(stack)}): copy it again from its source`;
}

/** The innermost reason of a libhdf5 error stack: what stands after `function(): ` in its last entry. */
function lastReason(stack: string): string {
  return [...stack.matchAll(/\(\): (.+)/g)].at(-1)?.[1].trim() ?? stack.split("\n")[0];
}

/** After a read error libhdf5 may refuse to close the file; that must not hide the error itself. */
function closeQuietly(file: File): void {
  try {
    file.close();
  } catch {
    // The process ends soon, and nothing was written.
  }
}
