/**
 * Claims whose params and inputs are too much for one answer.
 *
 * @module
 */

import { DatabaseError } from "../errors.ts";
import type { ClaimRequest } from "./slots.ts";

/** What the server answers when it would need more memory for one value than it may take (1 GB). */
export function isTooMuch(error: unknown): boolean {
  return error instanceof DatabaseError &&
    (error.sqlState === "54000" || error.sqlState === "XX000" && error.message.includes("memory alloc"));
}

/** Asks for an eighth. */
export function smaller(request: ClaimRequest): ClaimRequest {
  const limit = Math.ceil(request.limit / 8);
  return { ...request, limit, ahead: Math.min(request.ahead, limit) };
}
