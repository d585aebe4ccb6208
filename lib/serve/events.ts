/**
 * What a server tells about its own life.
 *
 * @module
 */

/** Something that happened to a server. */
export type ServeEvent =
  /** It listens. */
  | { readonly type: "listening"; readonly url: string; readonly writable: boolean }
  /** The database could not be asked; it goes on trying. */
  | { readonly type: "database_lost"; readonly error: Error }
  /** The database answers again. */
  | { readonly type: "database_back" }
  /** A client did not keep up, and was cut off. */
  | { readonly type: "client_slow"; readonly cursor: string }
  /** There were more connections than files that the process may open: all were ended, and it listens again. */
  | { readonly type: "overrun"; readonly error: Error }
  /** A request could not be answered because of a defect. */
  | { readonly type: "defect"; readonly path: string; readonly error: unknown };
