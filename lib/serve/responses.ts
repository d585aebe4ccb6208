/**
 * Answers, with the headers that all of them carry.
 *
 * @module
 */

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** An answer of a type. */
export function answer(body: string | null, type: string, init: ResponseInit = {}): Response {
  const headers = new Headers({ ...SECURITY_HEADERS, "cache-control": "no-store", "content-type": type });
  new Headers(init.headers).forEach((value, name) => headers.set(name, value));
  return new Response(body, { ...init, headers });
}

/** A JSON document. */
export function jsonAnswer(document: unknown, init: ResponseInit = {}): Response {
  return answer(JSON.stringify(document), "application/json; charset=utf-8", init);
}

/** Why a request is refused. */
export class HttpError extends Error {
  /** Status code. */
  readonly status: number;
  /** The remedy. */
  readonly hint?: string;
  /** Headers of the answer. */
  readonly headers?: Record<string, string>;

  /** Creates a refusal. */
  constructor(
    status: number,
    message: string,
    { hint, headers }: { hint?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.hint = hint;
    this.headers = headers;
  }
}

/** `{error: {message, hint}}`. */
export function errorAnswer({ status, message, hint, headers }: HttpError): Response {
  return jsonAnswer({ error: { message, ...(hint === undefined ? {} : { hint }) } }, { status, headers });
}
