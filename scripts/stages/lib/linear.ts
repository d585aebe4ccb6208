/**
 * Small systems of linear equations.
 *
 * @module
 */

/**
 * Solves A x = b by Gaussian elimination with partial pivoting.
 *
 * @param matrix Rows of A; not changed.
 * @param vector b; not changed.
 * @returns x; null when A is singular.
 */
export function solveLinear(
  matrix: readonly (readonly number[])[],
  vector: readonly number[],
): number[] | null {
  const rows = matrix.map((row, k) => [...row, vector[k]]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const pivot = rows.reduce((best, row, k) => {
      return k > column && Math.abs(row[column]) > Math.abs(rows[best][column]) ? k : best;
    }, column);
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    if (rows[column][column] === 0) return null;
    for (let k = column + 1; k < n; k++) {
      const factor = rows[k][column] / rows[column][column];
      for (let j = column; j <= n; j++) rows[k][j] -= factor * rows[column][j];
    }
  }
  const solution = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    const rest = rows[k].slice(k + 1, n).reduce((sum, value, j) => sum + value * solution[k + 1 + j], 0);
    solution[k] = (rows[k][n] - rest) / rows[k][k];
  }
  return solution.every(Number.isFinite) ? solution : null;
}
