/** What the page knows of the server: its documents, and the events as they happen. */

import { useCallback, useEffect, useRef, useState } from "./vendor/libraries.js";

const TOKEN_KEY = "absurd-token";
const RETRY_MS = [250, 500, 1000, 2000, 4000];

/** The token that was entered, kept until the tab is closed. */
export function getToken() {
  return sessionStorage.getItem(TOKEN_KEY);
}

/** Keeps a token, or forgets it. */
export function setToken(token) {
  if (token) sessionStorage.setItem(TOKEN_KEY, token);
  else sessionStorage.removeItem(TOKEN_KEY);
  live.restart();
}

/** Calls the server; throws an error with its sentence and remedy. */
export async function call(path, body) {
  const token = getToken();
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const document = await response.json().catch(() => ({}));
  if (response.ok) return document;
  const { message = `The server answers ${response.status}`, hint } = document.error ?? {};
  throw Object.assign(new Error(message), { hint, status: response.status });
}

/** The event stream: comes back after a break, and misses nothing then. */
class Live {
  #listeners = new Set();
  #socket;
  #cursor;
  #tries = 0;
  #timer;
  /** `live`, `connecting` or `lost`. */
  state = "connecting";
  /** Statistics by queue. */
  queues = new Map();
  /** The newest events, newest first. */
  recent = [];

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restart() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.connect();
  }

  connect() {
    const url = new URL("ws", location.href.replace(/^http/, "ws").replace(/#.*/, ""));
    if (this.#cursor !== undefined) url.searchParams.set("since", this.#cursor);
    const token = getToken();
    const socket = new WebSocket(url, token ? ["absurd", `absurd.bearer.${token}`] : ["absurd"]);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#socket === socket && this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#socket === socket && this.#lost(code);
  }

  #lost(code) {
    // The events after the cursor are forgotten: begin anew, and read everything again.
    if (code === 4010) this.#cursor = undefined;
    this.#change("lost");
    this.#timer = setTimeout(() => this.connect(), RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)]);
  }

  #receive(message) {
    if (message.cursor !== undefined) this.#cursor = message.cursor;
    if (message.type === "connected") {
      this.#tries = 0;
      this.#change("live");
      this.#tell({ type: "reconnected" });
    } else if (message.type === "queue_stats_update") {
      this.queues = new Map(this.queues).set(message.queue_name, message.stats);
      this.#tell(message);
    } else if (message.update) {
      this.recent = [message, ...this.recent].slice(0, 60);
      this.#tell(message);
    }
  }

  #change(state) {
    this.state = state;
    this.#tell({ type: "state" });
  }

  #tell(message) {
    for (const listener of this.#listeners) listener(message);
  }
}

/** The one stream of this page. */
export const live = new Live();

/**
 * Draws again, some times a second at most, when a message comes that `concerns` it.
 *
 * @param {(message: any) => boolean} [concerns]
 */
export function useLive(concerns = () => true, paceMs = 250) {
  const [, draw] = useState(0);
  const kept = useRef(concerns);
  kept.current = concerns;
  useEffect(() => {
    let timer;
    const stop = live.subscribe((message) => {
      if (!kept.current(message)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        draw((times) => times + 1);
      }, paceMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [paceMs]);
  return live;
}

/**
 * A document of the server, read again when something happens that concerns it.
 *
 * @param {string | null} path
 * @param {{concerns?: (message: any) => boolean, everyMs?: number}} [when]
 * @returns `{data, error, reload}`; data stays while it is read again.
 */
export function useDocument(path, { concerns = () => false, everyMs } = {}) {
  const [state, setState] = useState(
    /** @type {{path: string | null, data?: any, error?: any}} */ ({ path }),
  );
  const kept = useRef(concerns);
  kept.current = concerns;
  const wanted = useRef(path);
  wanted.current = path;
  const reload = useCallback(async () => {
    if (path === null) return;
    try {
      const data = await call(path);
      if (wanted.current === path) setState({ path, data });
    } catch (error) {
      if (wanted.current === path) setState((before) => ({ path, data: before.data, error }));
    }
  }, [path]);
  useEffect(() => {
    reload();
    let timer, again = false, reading = false;
    const soon = () => {
      if (timer !== undefined || reading) return void (again = true);
      timer = setTimeout(async () => {
        timer = undefined;
        reading = true;
        await reload();
        reading = false;
        if (again) {
          again = false;
          soon();
        }
      }, 250);
    };
    const stop = live.subscribe((message) => {
      if (message.type === "reconnected" || message.update && kept.current(message)) soon();
    });
    const interval = everyMs ? setInterval(soon, everyMs) : undefined;
    return () => {
      clearTimeout(timer);
      clearInterval(interval);
      stop();
    };
  }, [reload, everyMs]);
  const isMine = state.path === path;
  return { data: isMine ? state.data : undefined, error: isMine ? state.error : undefined, reload };
}
