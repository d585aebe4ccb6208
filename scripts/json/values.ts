/**
 * Values that many documents hold.
 *
 * @module
 */

import { z } from "zod";
import { TASK_STATES } from "../../mod.ts";

/** What a value is, for the documentation. */
export const about = <T extends z.ZodType>(schema: T, words: string): T => schema.describe(words);

export const id = z.uuid();
export const time = z.iso.datetime({ offset: true });
export const text = z.string();
export const count = z.int().nonnegative();
export const number = z.number();
export const flag = z.boolean();
/** The user's own. */
export const object = z.record(z.string(), z.unknown());
export const json = z.unknown();

export const status = z.enum(["pending", "claimed", "completed", "failed", "cancelled"]);
export const state = z.enum(TASK_STATES);
export const workflowStatus = z.enum(["running", "completed", "failed", "cancelled"]);
export const policy = z.enum(["cancel", "wait", "ignore"]);
