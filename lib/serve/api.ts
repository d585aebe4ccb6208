/**
 * The JSON API: a table of routes, each a call of a function of the schema.
 *
 * @module
 */

import type { Database, SqlArgument } from "../database.ts";
import { readId, storableParameter } from "./parameters.ts";
import { HttpError } from "./responses.ts";

/** A request to the API, taken apart. */
export interface ApiRequest {
  /** The database. */
  readonly database: Database;
  /** Parts of the path that the route names. */
  readonly path: Readonly<Record<string, string>>;
  /** Parameters after the question mark. */
  readonly query: URLSearchParams;
  /** The body of a request that writes. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A route of the API. */
export interface Route {
  /** `GET` reads, `POST` writes. */
  readonly method: "GET" | "POST";
  /** Pattern of the path. */
  readonly pattern: URLPattern;
  /** Makes the document that is answered; null: there is no such thing. */
  readonly answer: (request: ApiRequest) => Promise<unknown>;
  /** Parameters after the question mark that it knows. */
  readonly parameters: readonly string[];
  /** What the last part of the path that is named stands for, in words. */
  readonly thing: string;
}

/** Makes a route. Parts of the path that are called `..._id` are ids. */
export function route(
  method: Route["method"],
  pathname: string,
  answer: Route["answer"],
  { parameters = [], thing = "thing" }: { parameters?: readonly string[]; thing?: string } = {},
): Route {
  return { method, pattern: new URLPattern({ pathname }), answer, parameters, thing };
}

/** Finds the route of a request. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  url: URL,
): { route: Route; path: Record<string, string> } {
  const found = routes.flatMap((one) => {
    const match = one.pattern.exec({ pathname: url.pathname });
    return match ? [{ route: one, path: match.pathname.groups as Record<string, string> }] : [];
  });
  if (found.length === 0) throw new HttpError(404, "There is nothing at this address");
  const meant = found.find(({ route }) => route.method === (method === "HEAD" ? "GET" : method));
  if (meant) return { route: meant.route, path: readPath(meant.path) };
  const allow = [...new Set(found.map(({ route }) => route.method))].join(", ");
  throw new HttpError(405, `This address takes ${allow}`, { headers: { allow } });
}

function readPath(path: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(path).map(([name, part]) => {
      const text = decoded(part);
      return [name, name.endsWith("_id") ? readId(name, text) : storableParameter(name, text)];
    }),
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(
      400,
      `Cannot read ${part.slice(0, 100)} in the address: it is not percent-encoded UTF-8`,
    );
  }
}

/** Values of a function that returns one column. */
export async function values(
  database: Database,
  name: string,
  args: Readonly<Record<string, SqlArgument>> = {},
  retry = true,
): Promise<unknown[]> {
  const rows = await database.call<Record<string, unknown>>(name, args, { retry });
  return rows.map((row) => Object.values(row)[0]);
}

/** The value of a function that returns one. */
export async function value(
  database: Database,
  name: string,
  args: Readonly<Record<string, SqlArgument>> = {},
  retry = true,
): Promise<unknown> {
  return (await values(database, name, args, retry))[0];
}
