/**
 * Sizes in bytes, as people write them.
 *
 * @module
 */

import { InvalidArgumentError } from "./errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * Reads a size.
 *
 * @param size A number of bytes, or text such as `"64kB"`, `"1.5 GB"`, `"512MiB"`.
 * @returns Whole bytes.
 * @throws {InvalidArgumentError} It is no size, or not positive.
 * @example
 * ```ts
 * import { parseSize } from "./size.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseSize("1.5GB"), 1_500_000_000);
 * assert.equal(parseSize("4 KiB"), 4096);
 * ```
 */
export function parseSize(size: number | string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(String(size).trim()) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit || "B"] ?? NaN));
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new InvalidArgumentError(`Size "${size}" is not valid`, {
      hint: "Write a number of bytes, or one with a unit, such as 64kB, 500MB or 2GiB",
    });
  }
  return bytes;
}

/**
 * Writes a size with three digits.
 *
 * @param bytes Number of bytes.
 * @example
 * ```ts
 * import { formatBytes } from "./size.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatBytes(1_234_567), "1.23 MB");
 * ```
 */
export function formatBytes(bytes: number): string {
  const unit = ["TB", "GB", "MB", "kB"].find((unit) => bytes >= UNITS[unit]) ?? "B";
  return `${Number((bytes / UNITS[unit]).toPrecision(3))} ${unit}`;
}
