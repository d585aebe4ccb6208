/**
 * Random expressions, zones and moments, for property tests.
 *
 * @module
 */

import fc from "fast-check";

/** Zones with changes by an hour and by half an hour, north and south, and without any. */
export const ZONES = [
  "Europe/Berlin",
  "America/Los_Angeles",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "America/Santiago",
  "Pacific/Chatham",
  "Asia/Kolkata",
  "UTC",
];

/** Moments shortly before the clock of some zone of {@linkcode ZONES} is changed, in 2026. */
const CHANGES = [
  "2026-03-29T00:00Z",
  "2026-10-24T23:00Z",
  "2026-03-08T09:00Z",
  "2026-11-01T08:00Z",
  "2026-04-04T13:00Z",
  "2026-10-03T14:00Z",
  "2026-02-15T01:00Z",
  "2026-03-22T01:00Z",
  "2026-04-05T02:00Z",
  "2026-09-06T03:00Z",
  "2026-04-04T13:00Z",
  "2026-09-26T13:00Z",
];

/** A field of numbers: all, a step, a number, a range, a range with a step, a list. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 2, max: Math.ceil((max - min) / 2) });
  return fc.oneof(
    fc.constant("*"),
    step.map((n) => `*/${n}`),
    value.map(String),
    range,
    fc.tuple(range, step).map(([span, n]) => `${span}/${n}`),
    fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((list) => list.join(",")),
  );
}

/** Hours of the night too, when clocks are changed. */
const hour = fc.oneof(field(0, 23), fc.constantFrom("1", "2", "3", "1,2", "0-3", "2-3", "1-5/2"));
const day = fc.oneof(
  { weight: 4, arbitrary: fc.constant("*") },
  { weight: 1, arbitrary: field(1, 28) },
  { weight: 1, arbitrary: fc.constant("L") },
);
const month = fc.oneof(
  { weight: 5, arbitrary: fc.constant("*") },
  { weight: 1, arbitrary: fc.constantFrom("MAR-APR", "OCT,NOV", "*/2", "3,4,9,10,11") },
);
const weekday = fc.oneof(
  { weight: 4, arbitrary: fc.constant("*") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("SUN", "0", "7", "MON-FRI", "1-5", "SAT,SUN", "0,3", "SUN#1", "6#2"),
  },
);

/** Expressions of five fields. */
export const minuteExpression: fc.Arbitrary<string> = fc.tuple(field(0, 59), hour, day, month, weekday).map((
  fields,
) => fields.join(" "));

/** Expressions of six fields, with seconds first. */
export const secondExpression: fc.Arbitrary<string> = fc.tuple(field(0, 59), minuteExpression).map((fields) =>
  fields.join(" ")
);

/** Moments of 2026, half of them shortly before a clock is changed; whole minutes and a few milliseconds. */
export const moment: fc.Arbitrary<Date> = fc.tuple(
  fc.oneof(
    fc.constantFrom(...CHANGES).map((text) => Date.parse(text)),
    fc.integer({ min: 0, max: 364 * 24 }).map((hours) => Date.UTC(2026, 0, 1) + hours * 3_600_000),
  ),
  fc.integer({ min: -180, max: 60 }),
  fc.constantFrom(0, 1, 30_000, 59_999),
).map(([start, minutes, ms]) => new Date(start + minutes * 60_000 + ms));
