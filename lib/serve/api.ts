/**
 * The JSON API: a table of routes, each a call of a function of the schema.
 *
 * @module
 */

import { type Database, json, type SqlArgument } from "../database.ts";
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
}

/** Makes a route. */
export function route(method: Route["method"], pathname: string, answer: Route["answer"]): Route {
  return { method, pattern: new URLPattern({ pathname }), answer };
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
  if (meant) return meant;
  const allow = [...new Set(found.map(({ route }) => route.method))].join(", ");
  throw new HttpError(405, `This address takes ${allow}`, { headers: { allow } });
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

/** A whole number of the query, within bounds. */
export function numberOf(query: URLSearchParams, name: string, preset: number, max: number): number {
  const text = query.get(name);
  if (text === null) return preset;
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= max) return number;
  throw new HttpError(400, `${name} must be a whole number up to ${max}: ${text.slice(0, 100)}`);
}

/** A filter of the query's parameters, by the database's names. */
export function filterOf(query: URLSearchParams, names: Readonly<Record<string, string>>): SqlArgument {
  const entries = Object.entries(names).flatMap(([parameter, key]) => {
    const text = query.get(parameter);
    return text ? [[key, text]] : [];
  });
  return json(Object.fromEntries(entries));
}
