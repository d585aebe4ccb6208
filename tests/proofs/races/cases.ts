/**
 * All races.
 *
 * @module
 */

import { CLAIM_RACES } from "./claims.ts";
import { FREEING_RACES } from "./freeing.ts";
import { GRAPH_RACES } from "./graphs.ts";
import { KEY_RACES } from "./keys.ts";
import { LIMIT_RACES } from "./limits.ts";
import type { RaceCase } from "./race.ts";
import { RESERVATION_RACES } from "./reservations.ts";
import { UNBLOCK_RACES } from "./unblock.ts";

/** Every forced interleaving. */
export const RACES: readonly RaceCase[] = [
  ...CLAIM_RACES,
  ...FREEING_RACES,
  ...GRAPH_RACES,
  ...KEY_RACES,
  ...LIMIT_RACES,
  ...RESERVATION_RACES,
  ...UNBLOCK_RACES,
];
