/**
 * A plot of a calibration table: amplitude and phase of each antenna, a colour for each polarization.
 *
 * @module
 */

import { Canvas, type Colour, TEXT_HEIGHT, textWidth } from "./canvas.ts";
import { gainIndex, type GainTable } from "./gain_table.ts";

const HEIGHT = 400;
/** Space for the axis, and above each half for its title. */
const LEFT = 70;
const TITLE = 22;
const LEAST_WIDTH = 480;
const COLOURS: readonly Colour[] = [[255, 170, 60], [90, 180, 255]];
const WHITE: Colour = [255, 255, 255];
const GREY: Colour = [90, 90, 90];
const RED: Colour = [255, 60, 60];

/** One half of the plot. */
interface Axes {
  title: string;
  top: number;
  least: number;
  most: number;
  /** Value of a gain. */
  of(real: number, imaginary: number): number;
}

/**
 * Draws a table as PNG: a column an antenna, a dot a channel; antennas without gains have a red mark.
 *
 * @param table The table.
 */
export function plotGains(table: GainTable): Uint8Array {
  const step = Math.max(4, Math.floor((LEAST_WIDTH - LEFT) / table.antennas.length));
  const canvas = new Canvas(Math.max(LEAST_WIDTH, LEFT + step * table.antennas.length), HEIGHT);
  const halves: Axes[] = [
    { title: "AMPLITUDE", top: 0, least: 0, most: largestAmplitude(table), of: Math.hypot },
    { title: "PHASE (DEGREES)", top: HEIGHT / 2, least: -180, most: 180, of: degrees },
  ];
  for (const axes of halves) {
    drawAxes(canvas, axes, table);
    table.antennas.forEach((_, antenna) => drawAntenna(canvas, axes, table, { antenna, step }));
  }
  return canvas.encode();
}

function degrees(real: number, imaginary: number): number {
  return Math.atan2(imaginary, real) * 180 / Math.PI;
}

function largestAmplitude({ gains }: GainTable): number {
  let most = 0;
  for (let k = 0; k < gains.length; k += 2) most = Math.max(most, Math.hypot(gains[k], gains[k + 1]));
  return most > 0 ? 1.1 * most : 1;
}

function drawAxes(canvas: Canvas, { title, top, least, most }: Axes, table: GainTable): void {
  const [upper, lower] = [top + TITLE, top + HEIGHT / 2 - TEXT_HEIGHT];
  canvas.write(title, LEFT, top + 6, WHITE);
  table.polarizations.forEach((name, p) => {
    const x = canvas.width - (table.polarizations.length - p) * 40;
    canvas.write(name, x, top + 6, COLOURS[p % COLOURS.length]);
  });
  for (const [value, y] of [[most, upper], [(least + most) / 2, (upper + lower) / 2], [least, lower]]) {
    canvas.fill(LEFT, Math.round(y), canvas.width - LEFT, 1, GREY);
    const label = String(Number(value.toPrecision(2)));
    canvas.write(label, LEFT - 4 - textWidth(label), Math.round(y) - TEXT_HEIGHT / 2, WHITE);
  }
}

function drawAntenna(
  canvas: Canvas,
  { top, least, most, of }: Axes,
  table: GainTable,
  { antenna, step }: { antenna: number; step: number },
): void {
  const [upper, lower] = [top + TITLE, top + HEIGHT / 2 - TEXT_HEIGHT];
  table.polarizations.forEach((_, p) => {
    const x = LEFT + antenna * step + p * Math.floor(step / 2);
    let isDead = true;
    table.frequenciesHz.forEach((_, channel) => {
      const at = gainIndex(table, p, channel) + 2 * antenna;
      const [real, imaginary] = [table.gains[at], table.gains[at + 1]];
      if (real === 0 && imaginary === 0) return;
      isDead = false;
      const y = lower - (of(real, imaginary) - least) / (most - least) * (lower - upper);
      canvas.fill(x - 1, Math.round(y) - 1, 3, 3, COLOURS[p % COLOURS.length]);
    });
    if (isDead) canvas.fill(x, lower - 6, 2, 6, RED);
  });
}
