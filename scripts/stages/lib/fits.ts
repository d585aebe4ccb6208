/**
 * Images in FITS format (FITS standard 4.0, W. D. Pence et al., A&A 524, A42, 2010): one primary array of 32-bit
 * floats, written and read.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";

/** One header card: keyword, value, comment. Whole numbers in `float` cards are written with a decimal point. */
export type Card =
  | { key: string; text: string; comment?: string }
  | { key: string; integer: number; comment?: string }
  | { key: string; float: number; comment?: string }
  | { key: string; flag: boolean; comment?: string }
  | { key: "COMMENT" | "HISTORY"; remark: string };

/** An image as it was read. */
export interface FitsImage {
  /** Pixels, row by row from the bottom. */
  pixels: Float32Array;
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
  /** Values by keyword. */
  header: Map<string, string | number | boolean>;
}

const CARD_LENGTH = 80;
const BLOCK_LENGTH = 2880;

/**
 * Makes a FITS file.
 *
 * @param pixels Row by row from the bottom.
 * @param axes Length of each axis, columns and rows first; further axes must have length 1.
 * @param cards Header cards after those that describe the array.
 */
export function encodeFits(
  pixels: Float32Array | Float64Array,
  axes: readonly number[],
  cards: readonly Card[],
): Uint8Array<ArrayBuffer> {
  const structure: Card[] = [
    { key: "SIMPLE", flag: true, comment: "conforms to FITS standard" },
    { key: "BITPIX", integer: -32, comment: "32-bit floating point" },
    { key: "NAXIS", integer: axes.length },
    ...axes.map((length, k): Card => ({ key: `NAXIS${k + 1}`, integer: length })),
  ];
  const header = [...structure, ...cards].map(formatCard).join("") + "END".padEnd(CARD_LENGTH);
  const headerLength = wholeBlocks(header.length);
  const bytes = new Uint8Array(headerLength + wholeBlocks(4 * pixels.length));
  bytes.set(new TextEncoder().encode(header.padEnd(headerLength)));
  const view = new DataView(bytes.buffer, headerLength);
  pixels.forEach((value, k) => view.setFloat32(4 * k, value));
  return bytes;
}

function wholeBlocks(length: number): number {
  return Math.ceil(length / BLOCK_LENGTH) * BLOCK_LENGTH;
}

function formatCard(card: Card): string {
  if ("remark" in card) return toCard(card.key.padEnd(8) + card.remark);
  const comment = card.comment ? ` / ${card.comment}` : "";
  return toCard(`${card.key.padEnd(8)}= ${formatValue(card)}${comment}`);
}

/** Cards are 80 printable ASCII characters; what does not fit or is none is cut off or replaced. */
function toCard(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, CARD_LENGTH).padEnd(CARD_LENGTH);
}

/** Fixed format: text starts in column 11, everything else ends in column 30. */
function formatValue(card: Exclude<Card, { remark: string }>): string {
  if ("text" in card) return `'${card.text.slice(0, 66).replaceAll("'", "''").padEnd(8)}'`.padEnd(20);
  if ("flag" in card) return (card.flag ? "T" : "F").padStart(20);
  if ("integer" in card) return String(card.integer).padStart(20);
  if (!Number.isFinite(card.float)) {
    throw new RangeError(`Cannot write ${card.float} as FITS keyword ${card.key}`);
  }
  return formatFloat(card.float).padStart(20);
}

function formatFloat(value: number): string {
  const short = String(value);
  if (!short.includes("e") && short.length <= 18) return short.includes(".") ? short : `${short}.0`;
  return value.toExponential(12).toUpperCase();
}

/**
 * Reads a FITS file with an image in its primary array.
 *
 * @param bytes The file.
 * @param name Its name, for messages.
 * @throws {BadInput} when it is no such file, or is cut off.
 */
export function decodeFits(bytes: Uint8Array, name: string): FitsImage {
  const { header, length } = readHeader(bytes, name);
  const axes = Array.from(
    { length: Number(header.get("NAXIS")) },
    (_, k) => Number(header.get(`NAXIS${k + 1}`)),
  );
  const [width = 0, height = 0, ...others] = axes;
  if (header.get("BITPIX") !== -32 || !(width * height > 0) || others.some((axis) => axis !== 1)) {
    throw new BadInput(
      `File ${name} is not an image of 32-bit floats (BITPIX ${header.get("BITPIX")}, axes ${
        axes.join(" x ")
      }): ` +
        "name an image that the stage image has made",
    );
  }
  const missing = length + 4 * width * height - bytes.length;
  if (missing > 0) {
    throw new BadInput(`File ${name} is truncated: ${missing} bytes are missing; make the image again`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + length);
  const pixels = Float32Array.from({ length: width * height }, (_, k) => view.getFloat32(4 * k));
  return { pixels, width, height, header };
}

function readHeader(bytes: Uint8Array, name: string): { header: FitsImage["header"]; length: number } {
  const decoder = new TextDecoder("latin1");
  const header: FitsImage["header"] = new Map();
  for (let at = 0; at + CARD_LENGTH <= bytes.length; at += CARD_LENGTH) {
    const card = decoder.decode(bytes.subarray(at, at + CARD_LENGTH));
    const key = card.slice(0, 8).trim();
    if (at === 0 && key !== "SIMPLE") break;
    if (key === "END") return { header, length: wholeBlocks(at + CARD_LENGTH) };
    if (card.slice(8, 10) === "= ") header.set(key, parseValue(card.slice(10)));
  }
  throw new BadInput(`File ${name} is not a FITS file, or its header is cut off: make the image again`);
}

function parseValue(field: string): string | number | boolean {
  const text = /^\s*'((?:[^']|'')*)'/.exec(field);
  if (text) return text[1].replaceAll("''", "'").trimEnd();
  const value = field.split("/")[0].trim();
  return value === "T" || value === "F" ? value === "T" : Number(value.replace("D", "E"));
}

/**
 * The number under a keyword.
 *
 * @throws {BadInput} when there is none.
 */
export function requireNumber(image: FitsImage, key: string, name: string): number {
  const value = image.header.get(key);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new BadInput(
    `Keyword ${key} is missing in the header of ${name}: make the image again with the stage image`,
  );
}
