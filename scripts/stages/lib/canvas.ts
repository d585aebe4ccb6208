/**
 * A canvas for pictures: pixels, boxes and short words.
 *
 * @module
 */

import { encode } from "fast-png";

/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * The characters of a typeface of 3 x 5 pixels: a digit a row, its bits from left to right. Capitals, but for the m that
 * means one thousandth.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  "0": "75557",
  "1": "26227",
  "2": "71747",
  "3": "71717",
  "4": "55711",
  "5": "74717",
  "6": "74757",
  "7": "71122",
  "8": "75757",
  "9": "75717",
  A: "25755",
  B: "65656",
  C: "34443",
  D: "65556",
  E: "74647",
  F: "74644",
  G: "34553",
  H: "55755",
  I: "72227",
  J: "11157",
  K: "55655",
  L: "44447",
  M: "57755",
  m: "00775",
  N: "67755",
  O: "75557",
  P: "65644",
  Q: "75573",
  R: "65655",
  S: "34716",
  T: "72222",
  U: "55557",
  V: "55552",
  W: "55775",
  X: "55255",
  Y: "55222",
  Z: "71247",
  ".": "00002",
  ",": "00024",
  "-": "00700",
  "+": "02720",
  "/": "11244",
  ":": "02020",
  "(": "24442",
  ")": "21112",
};
const GLYPH = { width: 3, height: 5 };
/** Each pixel of a character is a square of this width. */
const TEXT_SCALE = 2;

/** Height of a line of text, in pixels. */
export const TEXT_HEIGHT: number = GLYPH.height * TEXT_SCALE;

/** Width of a text, in pixels. */
export function textWidth(text: string): number {
  return text.length * (GLYPH.width + 1) * TEXT_SCALE;
}

/** A picture in the making; x grows to the right, y downwards. What lies outside is left out. */
export class Canvas {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  readonly #data: Uint8Array;

  /** Makes a black picture. */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#data = new Uint8Array(3 * width * height);
  }

  /** Colours a pixel. */
  set(x: number, y: number, colour: Colour): void {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height) return;
    this.#data.set(colour, 3 * (y * this.width + x));
  }

  /** Fills a box. */
  fill(x: number, y: number, width: number, height: number, colour: Colour): void {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) this.set(column, row, colour);
    }
  }

  /** Writes a text; characters that the typeface lacks are left blank. */
  write(text: string, x: number, y: number, colour: Colour): void {
    [...text].forEach((character, k) => {
      const left = x + k * (GLYPH.width + 1) * TEXT_SCALE;
      [...(GLYPHS[character] ?? "")].forEach((bits, row) => {
        for (let column = 0; column < GLYPH.width; column++) {
          if ((Number(bits) >> (GLYPH.width - 1 - column) & 1) === 0) continue;
          this.fill(left + column * TEXT_SCALE, y + row * TEXT_SCALE, TEXT_SCALE, TEXT_SCALE, colour);
        }
      });
    });
  }

  /** The picture as PNG. */
  encode(): Uint8Array {
    return encode({ width: this.width, height: this.height, channels: 3, depth: 8, data: this.#data });
  }
}
