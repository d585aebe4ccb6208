/**
 * Fast Fourier transform of square complex images: iterative radix 2, after Cooley and Tukey (1965).
 *
 * @module
 */

/** Columns that are gathered and transformed together, because walking down one column misses the cache each step. */
const COLUMN_BATCH = 16;

/** Columns of an image, each as a line. */
interface Batch {
  real: Float64Array[];
  imaginary: Float64Array[];
}

/** Transforms of one length; keeps the tables that they need. */
export class Fft {
  readonly #size: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint32Array;

  /**
   * Prepares transforms.
   *
   * @param size Length: a power of two.
   * @throws {RangeError} for any other length.
   */
  constructor(size: number) {
    const bits = Math.log2(size);
    if (!Number.isInteger(bits)) {
      throw new RangeError(`Cannot transform: length must be a power of two, not ${size}`);
    }
    this.#size = size;
    this.#cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos(2 * Math.PI * k / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin(2 * Math.PI * k / size));
    this.#reversed = Uint32Array.from({ length: size }, (_, k) => reverseBits(k, bits));
  }

  /**
   * Transforms a line in place: X_k = sum of x_j exp(sign 2 pi i j k / size), without a factor.
   *
   * @param real Real parts.
   * @param imaginary Imaginary parts.
   * @param sign +1 or -1.
   */
  line(real: Float64Array, imaginary: Float64Array, sign: 1 | -1): void {
    this.#permute(real);
    this.#permute(imaginary);
    const size = this.#size;
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let j = 0; j < half; j++) {
          const cos = this.#cos[j * step];
          const sin = sign * this.#sin[j * step];
          const a = start + j;
          const b = a + half;
          const re = real[b] * cos - imaginary[b] * sin;
          const im = real[b] * sin + imaginary[b] * cos;
          real[b] = real[a] - re;
          imaginary[b] = imaginary[a] - im;
          real[a] += re;
          imaginary[a] += im;
        }
      }
    }
  }

  /**
   * Transforms a square image, row by row in one array, in place.
   *
   * Rows of zeros cost nothing. Where only a strip of the result is needed, columns outside of it are left half done.
   *
   * @param real Real parts.
   * @param imaginary Imaginary parts.
   * @param sign +1 or -1.
   * @param reach Columns that are needed: those at most this far from column 0, counted around the edge.
   */
  square(real: Float64Array, imaginary: Float64Array, sign: 1 | -1, reach: number = this.#size / 2): void {
    const size = this.#size;
    for (let row = 0; row < size * size; row += size) {
      const [re, im] = [real.subarray(row, row + size), imaginary.subarray(row, row + size)];
      if (!isZero(re) || !isZero(im)) this.line(re, im, sign);
    }
    const width = Math.min(COLUMN_BATCH, size);
    const batch: Batch = {
      real: Array.from({ length: width }, () => new Float64Array(size)),
      imaginary: Array.from({ length: width }, () => new Float64Array(size)),
    };
    for (let first = 0; first < size; first += width) {
      if (first > reach && first + width <= size - reach) continue;
      this.#columns(real, batch.real, first, "gather");
      this.#columns(imaginary, batch.imaginary, first, "gather");
      for (let k = 0; k < width; k++) this.line(batch.real[k], batch.imaginary[k], sign);
      this.#columns(real, batch.real, first, "scatter");
      this.#columns(imaginary, batch.imaginary, first, "scatter");
    }
  }

  /** Copies neighbouring columns of an image to lines, or back. */
  #columns(image: Float64Array, lines: Float64Array[], first: number, direction: "gather" | "scatter"): void {
    const size = this.#size;
    for (let row = 0; row < size; row++) {
      const at = row * size + first;
      if (direction === "gather") { for (let k = 0; k < lines.length; k++) lines[k][row] = image[at + k]; }
      else for (let k = 0; k < lines.length; k++) image[at + k] = lines[k][row];
    }
  }

  #permute(values: Float64Array): void {
    for (let k = 0; k < values.length; k++) {
      const other = this.#reversed[k];
      if (other <= k) continue;
      const value = values[k];
      values[k] = values[other];
      values[other] = value;
    }
  }
}

function isZero(values: Float64Array): boolean {
  for (let k = 0; k < values.length; k++) if (values[k] !== 0) return false;
  return true;
}

function reverseBits(value: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= (value >> bit & 1) << (bits - 1 - bit);
  return result;
}
