/**
 * The part of h5wasm that the stages use, with types for what h5wasm leaves untyped.
 *
 * @module
 */

import { File, ready } from "h5wasm";
import lzf from "h5wasm-plugins/plugins/libH5Zlzf.so" with { type: "bytes" };

/** An open file of Emscripten's file system. */
export interface EmscriptenStream {
  /** Current position, in bytes. */
  position: number;
}

/** A node of Emscripten's file system, with the operations that can be replaced. */
export interface EmscriptenNode {
  /** Operations on the node itself. */
  "node_ops": {
    getattr(node: EmscriptenNode): Record<string, unknown>;
    setattr(node: EmscriptenNode, attributes: { size?: number }): void;
  };
  /** Operations on open files of the node. */
  "stream_ops": {
    llseek(stream: EmscriptenStream, offset: number, whence: 0 | 1 | 2): number;
    read(
      stream: EmscriptenStream,
      heap: Int8Array,
      offset: number,
      length: number,
      position: number,
    ): number;
    write?(
      stream: EmscriptenStream,
      heap: Int8Array,
      offset: number,
      length: number,
      position: number,
    ): number;
  };
}

/** One filter (compression) of a dataset. */
export interface Hdf5Filter {
  /** Number that the HDF Group registered. */
  id: number;
  /** Name in the file. */
  name: string;
}

/** Type and shape of a dataset, as far as visibilities need it. */
export interface Hdf5Type {
  /** Class: 0 integer, 1 float, 3 string, 6 compound, 8 enumeration. */
  type: number;
  /** Bytes per element. */
  size: number;
  /** Byte order. */
  littleEndian: boolean;
  /** Length of each axis; null for an empty dataset. */
  shape: number[] | null;
  /** Chunk lengths; null when contiguous. */
  chunks: number[] | null;
  /** Members of a compound type. */
  "compound_type"?: { members: { name: string; type: number; size: number; offset: number }[] };
}

/** h5wasm's WebAssembly module. */
export interface H5Module {
  /** Emscripten's file system. */
  FS: {
    create(path: string, mode: number): EmscriptenNode;
    unlink(path: string): void;
    mkdirTree(path: string): void;
    writeFile(path: string, content: Uint8Array): void;
  };
  /** Memory; replaced whenever it grows. */
  HEAPU8: Uint8Array<ArrayBuffer>;
  /** Allocates memory; 0 when there is none. */
  _malloc(bytes: number): number;
  /** Frees memory. */
  _free(pointer: number): void;
  /** Reads a hyperslab to a pointer; negative on failure. */
  "get_dataset_data"(
    file: bigint,
    path: string,
    count: bigint[],
    offset: bigint[],
    strides: bigint[],
    pointer: bigint,
  ): number;
  /** Makes a dataset from what stands at a pointer. */
  "create_dataset"(file: bigint, path: string, pointer: bigint, metadata: Record<string, unknown>): number;
  /** Type and shape of a dataset. */
  "get_dataset_metadata"(file: bigint, path: string): Hdf5Type;
  /** Filters of a dataset. */
  "get_dataset_filters"(file: bigint, path: string): Hdf5Filter[];
  /** Folders that libhdf5 looks for plugins in. */
  "get_plugin_search_paths"(): string[];
  /** Turns libhdf5's error stacks on stderr into exceptions. */
  "activate_throwing_error_handler"(): number;
}

let isPrepared = false;

/**
 * Loads libhdf5, with the plugin for LZF, which pyuvdata compresses flags by.
 *
 * @returns The module, with errors thrown instead of printed, and h5wasm's class for files.
 */
export async function loadHdf5(): Promise<{ module: H5Module; File: typeof File }> {
  const module = await ready as unknown as H5Module;
  if (!isPrepared) {
    module.activate_throwing_error_handler();
    const [folder] = module.get_plugin_search_paths();
    module.FS.mkdirTree(folder);
    module.FS.writeFile(`${folder}/libH5Zlzf.so`, lzf);
    isPrepared = true;
  }
  return { module, File };
}
