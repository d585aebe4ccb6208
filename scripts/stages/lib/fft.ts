/**
 * Fast Fourier transform of one line: decimation in time after J. W. Cooley and J. W. Tukey (1965), two steps of radix
 * 2 at a time, which halves the walks through memory.
 *
 * @module
 */

/** Transforms of one length; keeps the tables that they need. */
export class Fft {
  /** Length of a line. */
  readonly size: number;
  /**
   * Where each value of a line has to be put before {@linkcode Fft.transform}: the order of reversed bits. Filling a
   * line in this order costs nothing; reordering it later would.
   */
  readonly order: Uint32Array;
  readonly #stages: readonly Stage[];

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
    this.size = size;
    this.order = Uint32Array.from({ length: size }, (_, k) => reverseBits(k, bits));
    const stages = [];
    for (let quarter = bits % 2 === 0 ? 1 : 2; quarter < size; quarter *= 4) {
      stages.push(prepareStage(quarter));
    }
    this.#stages = stages;
  }

  /**
   * Transforms a line in place: X_k = sum of x_j exp(sign 2 pi i j k / size), without a factor.
   *
   * @param real Real parts: that of x_j at `order[j]` before, that of X_k at k afterwards.
   * @param imaginary Imaginary parts.
   * @param sign +1 or -1.
   */
  transform(real: Float64Array, imaginary: Float64Array, sign: 1 | -1): void {
    if (Math.log2(this.size) % 2 === 1) addAndSubtractPairs(real, imaginary);
    for (const stage of this.#stages) runStage(stage, real, imaginary, sign);
  }
}

/** Factors of four interleaved transforms of length `quarter` that become one. */
interface Stage {
  quarter: number;
  /** exp(2 pi i j / (2 quarter)). */
  cos1: Float64Array;
  sin1: Float64Array;
  /** exp(2 pi i j / (4 quarter)). */
  cos2: Float64Array;
  sin2: Float64Array;
}

function prepareStage(quarter: number): Stage {
  const table = (f: (angle: number) => number, length: number) => {
    return Float64Array.from({ length: quarter }, (_, j) => f(2 * Math.PI * j / length));
  };
  return {
    quarter,
    cos1: table(Math.cos, 2 * quarter),
    sin1: table(Math.sin, 2 * quarter),
    cos2: table(Math.cos, 4 * quarter),
    sin2: table(Math.sin, 4 * quarter),
  };
}

function addAndSubtractPairs(real: Float64Array, imaginary: Float64Array): void {
  for (let k = 0; k < real.length; k += 2) {
    const re = real[k + 1];
    const im = imaginary[k + 1];
    real[k + 1] = real[k] - re;
    imaginary[k + 1] = imaginary[k] - im;
    real[k] += re;
    imaginary[k] += im;
  }
}

/**
 * Two steps of radix 2: of length 2 quarter, then of length 4 quarter.
 *
 * One constant a line, not lists taken apart: those would be made anew in each turn of the loop.
 */
function runStage(stage: Stage, real: Float64Array, imaginary: Float64Array, sign: 1 | -1): void {
  const { quarter, cos1, sin1, cos2, sin2 } = stage;
  for (let start = 0; start < real.length; start += 4 * quarter) {
    for (let j = 0; j < quarter; j++) {
      const k0 = start + j;
      const k1 = k0 + quarter;
      const k2 = k1 + quarter;
      const k3 = k2 + quarter;
      const c1 = cos1[j];
      const s1 = sign * sin1[j];
      const c2 = cos2[j];
      const s2 = sign * sin2[j];
      const oneRe = real[k1] * c1 - imaginary[k1] * s1;
      const oneIm = real[k1] * s1 + imaginary[k1] * c1;
      const threeRe = real[k3] * c1 - imaginary[k3] * s1;
      const threeIm = real[k3] * s1 + imaginary[k3] * c1;
      const sumRe = real[k2] + threeRe;
      const sumIm = imaginary[k2] + threeIm;
      const diffRe = real[k2] - threeRe;
      const diffIm = imaginary[k2] - threeIm;
      const evenRe = sumRe * c2 - sumIm * s2;
      const evenIm = sumRe * s2 + sumIm * c2;
      // The second factor of this step is a quarter turn further: i times the first.
      const oddRe = -sign * (diffRe * s2 + diffIm * c2);
      const oddIm = sign * (diffRe * c2 - diffIm * s2);
      const upRe = real[k0] + oneRe;
      const upIm = imaginary[k0] + oneIm;
      const downRe = real[k0] - oneRe;
      const downIm = imaginary[k0] - oneIm;
      real[k0] = upRe + evenRe;
      imaginary[k0] = upIm + evenIm;
      real[k2] = upRe - evenRe;
      imaginary[k2] = upIm - evenIm;
      real[k1] = downRe + oddRe;
      imaginary[k1] = downIm + oddIm;
      real[k3] = downRe - oddRe;
      imaginary[k3] = downIm - oddIm;
    }
  }
}

function reverseBits(value: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= (value >> bit & 1) << (bits - 1 - bit);
  return result;
}
