/**
 * Fast Fourier transform of square complex images: iterative radix 2, after Cooley and Tukey (1965).
 *
 * @module
 */

/** Columns that are gathered and transformed together, because walking down one column misses the cache each step. */
const COLUMN_BATCH = 16;

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

  /** Transforms a square image, row by row in one array, in place. */
  square(real: Float64Array, imaginary: Float64Array, sign: 1 | -1): void {
    const size = this.#size;
    for (let row = 0; row < size * size; row += size) {
      this.line(real.subarray(row, row + size), imaginary.subarray(row, row + size), sign);
    }
    const batch = Math.min(COLUMN_BATCH, size);
    const re = Array.from({ length: batch }, () => new Float64Array(size));
    const im = Array.from({ length: batch }, () => new Float64Array(size));
    for (let first = 0; first < size; first += batch) {
      for (let row = 0; row < size; row++) {
        for (let k = 0; k < batch; k++) {
          re[k][row] = real[row * size + first + k];
          im[k][row] = imaginary[row * size + first + k];
        }
      }
      for (let k = 0; k < batch; k++) this.line(re[k], im[k], sign);
      for (let row = 0; row < size; row++) {
        for (let k = 0; k < batch; k++) {
          real[row * size + first + k] = re[k][row];
          imaginary[row * size + first + k] = im[k][row];
        }
      }
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

function reverseBits(value: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= (value >> bit & 1) << (bits - 1 - bit);
  return result;
}
