/**
 * The Kaiser-Bessel gridding kernel (J. I. Jackson et al., "Selection of a convolution function for Fourier inversion
 * using gridding", IEEE Trans. Med. Imaging 10, 473, 1991), with the shape parameter of P. J. Beatty et al., "Rapid
 * gridding reconstruction with a minimal oversampling ratio", IEEE Trans. Med. Imaging 24, 799 (2005), equation 5.
 *
 * @module
 */

/** Width of the kernel, in grid cells. */
export const KERNEL_WIDTH = 6;

/** The grid is this many times as wide as the image that is cut out of it. */
export const OVERSAMPLING = 2;

/** Positions between two grid cells for which the kernel is tabulated. */
export const KERNEL_STEPS = 8192;

const BETA = Math.PI *
  Math.sqrt((KERNEL_WIDTH / OVERSAMPLING) ** 2 * (OVERSAMPLING - 0.5) ** 2 - 0.8);

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function kernel(distance: number): number {
  const r = 2 * distance / KERNEL_WIDTH;
  return Math.abs(r) >= 1 ? 0 : besselI0(BETA * Math.sqrt(1 - r * r)) / besselI0(BETA);
}

/**
 * Kernel values by position between two cells: entry `KERNEL_WIDTH * s + k` belongs to the k-th cell that a sample
 * touches when it lies s / KERNEL_STEPS of a cell before the first cell that is at most half a width away.
 */
export function tabulateKernel(): Float64Array {
  return Float64Array.from({ length: (KERNEL_STEPS + 1) * KERNEL_WIDTH }, (_, index) => {
    const step = Math.floor(index / KERNEL_WIDTH);
    return kernel(step / KERNEL_STEPS + index % KERNEL_WIDTH - KERNEL_WIDTH / 2);
  });
}

/**
 * The kernel's Fourier transform, by which an image must be divided.
 *
 * @param position Distance from the image's centre as a fraction of the grid's width, from -0.5 to 0.5.
 */
export function kernelTransform(position: number): number {
  const square = BETA ** 2 - (Math.PI * KERNEL_WIDTH * position) ** 2;
  const root = Math.sqrt(Math.abs(square));
  const shape = root === 0 ? 1 : (square > 0 ? Math.sinh(root) : Math.sin(root)) / root;
  return KERNEL_WIDTH * shape / besselI0(BETA);
}
