/**
 * The versions of this package.
 *
 * @module
 */

/** Version of this package, as in deno.json. */
export const VERSION = "0.1.0";

/**
 * Version of the schema that this package needs: the number of its newest migration. Not taken from there, because
 * programs that only call functions should not have to load their text.
 */
export const SCHEMA_VERSION = 25;
