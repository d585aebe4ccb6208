/**
 * Due times by looking at every single moment: slow, simple, and without anything that the scheduler uses.
 *
 * @module
 */

/** How a clock stands: fields as cron expressions have them. */
interface Face {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

/**
 * All due times from after `from` to `until`.
 *
 * @param expression Five fields, or six with seconds.
 */
export function slowDueTimes(expression: string, timezone: string, from: Date, until: Date): Date[] {
  const fields = expression.split(" ");
  const stepMs = fields.length === 6 ? 1_000 : 60_000;
  const matches = matcher(fields);
  const clock = wallClock(timezone);
  const hour = fields[fields.length - 4];
  // a day more at both ends, so that no change of the clock is cut in half
  const instants = range(from.getTime() - 86_400_000, until.getTime() + 86_400_000, stepMs);
  const walls = instants.map(clock);
  const due = hour === "*" || hour === "0-23" || hour.includes("/")
    ? instants.filter((_, index) => matches(face(walls[index])))
    : onceEach(instants, walls, stepMs, matches);
  return [...new Set(due)].sort((a, b) => a - b)
    .filter((time) => time > from.getTime() && time <= until.getTime())
    .map((time) => new Date(time));
}

/** Fixed hours: every time that a clock without changes would show, at the first instant that shows it. */
function onceEach(
  instants: number[],
  walls: number[],
  stepMs: number,
  matches: (face: Face) => boolean,
): number[] {
  const first = new Map<number, number>();
  walls.forEach((wall, index) => first.has(wall) || first.set(wall, instants[index]));
  return range(Math.min(...ends(walls)), Math.max(...ends(walls)), stepMs)
    .filter((wall) => matches(face(wall)))
    .map((wall) => {
      const shown = first.get(wall);
      if (shown !== undefined) return shown;
      // skipped: go on from the last time that was shown as if the clock had not been changed
      let before = wall;
      while (!first.has(before)) before -= stepMs;
      return first.get(before)! + wall - before;
    });
}

function ends(walls: number[]): [number, number] {
  return [walls[0], walls[walls.length - 1]];
}

function range(from: number, to: number, step: number): number[] {
  const start = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - start) / step) + 1 }, (_, index) => start + index * step);
}

/** What the clock of a zone shows, as milliseconds since 1970 began on it. */
function wallClock(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return (instant) => {
    const [, day, month, year, hour, minute, second] = format.format(instant).match(
      /(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)/,
    )!.map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

function face(wall: number): Face {
  const date = new Date(wall);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

function matcher(fields: string[]): (face: Face) => boolean {
  const [second, minute, hour, day, month, weekday] = fields.length === 6 ? fields : ["0", ...fields];
  return (face) =>
    inField(second, face.second, 0, 59) &&
    inField(minute, face.minute, 0, 59) &&
    inField(hour, face.hour, 0, 23) &&
    inField(month, face.month, 1, 12, MONTHS) &&
    onDay(day, weekday, face);
}

/** When both fields are restricted, one suffices. */
function onDay(day: string, weekday: string, face: Face): boolean {
  const [byDay, byWeekday] = [inMonth(day, face), inWeek(weekday, face)];
  if (day !== "*" && weekday !== "*") return byDay || byWeekday;
  return byDay && byWeekday;
}

function inMonth(field: string, { year, month, day }: Face): boolean {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return field === "L" ? day === last : inField(field, day, 1, 31);
}

function inWeek(field: string, { year, month, day }: Face): boolean {
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  const [name, nth] = field.split("#");
  if (nth) return inField(name, weekday, 0, 6, DAYS) && Math.ceil(day / 7) === Number(nth);
  return inField(field, weekday, 0, 6, DAYS) || weekday === 0 && inField(field, 7, 0, 7, DAYS);
}

/** Numbers, names, ranges, steps and lists. */
function inField(field: string, value: number, min: number, max: number, names: string[] = []): boolean {
  return field.split(",").some((part) => {
    const [span, step = "1"] = part.split("/");
    const [low, high = low] = span === "*" ? [min, max] : span.split("-").map((text) => number(text, names));
    return value >= low && value <= high && (value - low) % Number(step) === 0;
  });
}

function number(text: string, names: string[]): number {
  const index = names.indexOf(text);
  // months count from 1, weekdays from 0
  return index < 0 ? Number(text) : index + (names === MONTHS ? 1 : 0);
}
