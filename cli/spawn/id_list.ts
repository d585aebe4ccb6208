/**
 * Very many ids in little memory.
 *
 * @module
 */

const BYTES = 16;

/** UUIDs in the order in which they were added, at 16 bytes each. */
export class IdList implements Iterable<string> {
  readonly #blocks: Uint8Array[] = [];

  /** Adds some at the end. */
  add(ids: readonly string[]): void {
    const block = new Uint8Array(ids.length * BYTES);
    ids.forEach((id, index) => block.set(Uint8Array.fromHex(id.replaceAll("-", "")), index * BYTES));
    this.#blocks.push(block);
  }

  /** The ids, as they were added. */
  *[Symbol.iterator](): Iterator<string> {
    for (const block of this.#blocks) {
      for (let start = 0; start < block.length; start += BYTES) {
        const hex = block.subarray(start, start + BYTES).toHex();
        yield hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      }
    }
  }
}
