/**
 * What a doctor finds.
 *
 * @module
 */

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at: `clock`. */
  readonly check: string;
  /** How it is. */
  readonly level: "ok" | "warning" | "critical";
  /** What was found, as a sentence without its period. */
  readonly message: string;
  /** What to do about it, where something is to be done. */
  readonly remedy: string | null;
}

/** All is well. */
export function ok(check: string, message: string): Finding {
  return { check, level: "ok", message, remedy: null };
}

/** Something that may become bad. */
export function warning(check: string, message: string, remedy: string): Finding {
  return { check, level: "warning", message, remedy };
}

/** Something that does not work. */
export function critical(check: string, message: string, remedy: string): Finding {
  return { check, level: "critical", message, remedy };
}
