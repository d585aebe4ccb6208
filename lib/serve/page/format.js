/** Times, durations and ids as people read them. */

/** @type {[name: string, seconds: number][]} */
const UNITS = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

/** A duration in one or two units: `350ms`, `4.2s`, `3m 20s`. */
export function duration(ms) {
  if (ms < 0) return "0s";
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const total = Math.floor(ms / 1000);
  const first = UNITS.findIndex(([, seconds]) => total >= seconds);
  const [name, seconds] = UNITS[first];
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((total % seconds) / next[1]) : 0;
  return `${Math.floor(total / seconds)}${name}${rest > 0 ? ` ${rest}${next[0]}` : ""}`;
}

/** `12s ago`, `in 2h 5m`; an empty text for no time. */
export function ago(time, nowMs) {
  if (!time) return "";
  const elapsedMs = nowMs - Date.parse(time);
  if (Math.abs(elapsedMs) < 1000) return "now";
  const text = duration(Math.floor(Math.abs(elapsedMs) / 1000) * 1000).replace(".0s", "s");
  return elapsedMs >= 0 ? `${text} ago` : `in ${text}`;
}

/** A time in full, in the reader's zone. */
export function fullTime(time) {
  return time ? new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" }) : "";
}

/** `14:03:07`. */
export function clockTime(time) {
  return new Date(time).toLocaleTimeString("en-GB");
}

/** The first characters of an id: as many as the command line takes. */
export function shortId(id) {
  return id?.slice(0, 13) ?? "";
}

/** Shortens ids to the shortest prefix, of 13 characters or more, that is unique among them. */
export function shortIds(ids) {
  const unique = new Set(ids);
  let length = 13;
  while (length < 36 && new Set([...unique].map((id) => id.slice(0, length))).size < unique.size) length++;
  return (id) => id.slice(0, length);
}

/** A number with thin spaces: `12 345`. */
export function count(number) {
  return (number ?? 0).toLocaleString("en").replaceAll(",", "\u2009");
}

/** A size in bytes: `12.3 MB`. */
export function byteSize(bytes) {
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < 4) [size, unit] = [size / 1000, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][unit]}`;
}
