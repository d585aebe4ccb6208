/**
 * Listeners of who uses the library.
 *
 * @module
 */

import process from "node:process";

/**
 * A listener whose mistakes cost nothing: what it throws the first time becomes a warning of the process (Deno prints it
 * on stderr, and hands it to `process.on("warning")`), as there is nobody else to tell.
 *
 * @param listener What to call, if anything.
 * @param owner Whose `onEvent` it is, for the warning.
 *
 * @example
 * ```ts ignore
 * const emit = forgiving(options.onEvent, "AbsurdWorker");
 * emit({ type: "started" });
 * ```
 */
export function forgiving<Event>(
  listener: ((event: Event) => void) | undefined,
  owner: string,
): (event: Event) => void {
  let hasWarned = false;
  return (event) => {
    try {
      listener?.(event);
    } catch (error) {
      if (hasWarned) return;
      hasWarned = true;
      process.emitWarning(`onEvent of ${owner} threw, which is not told again`, {
        type: "ListenerWarning",
        detail: error instanceof Error ? error.stack : String(error),
      });
    }
  };
}
