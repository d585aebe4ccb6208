/** Small parts that several views draw. */

import { html, useEffect, useState } from "./vendor/libraries.js";
import { call } from "./connection.js";
import { ago, fullTime, shortId } from "./format.js";

/** The current time, each second. */
export function useNow() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A state as a coloured word. */
export function State({ of }) {
  return html`<span class="state ${of}">${of === "claimed" ? "running" : of}</span>`;
}

/** How long ago, with the time in full when pointed at. */
export function Ago({ time, now }) {
  return time
    ? html`<time datetime=${time} title=${fullTime(time)}>${ago(time, now)}</time>`
    : html`<span class="quiet">–</span>`;
}

/** A link to a task. */
export function TaskLink({ id, children }) {
  return html`<a class="id" href="#/tasks/${id}" title=${id}>${children ?? shortId(id)}</a>`;
}

/** How far a running task is. */
export function Progress({ of }) {
  if (!of || of.fraction === null || of.fraction === undefined) return null;
  const percent = Math.round(of.fraction * 100);
  return html`<span class="progress" title=${of.message ?? ""}>
    <progress max="100" value=${percent} aria-label="done"></progress><span>${percent}%</span>
    ${of.message && html`<span class="quiet ellipsis">${of.message}</span>`}
  </span>`;
}

/** What went wrong, with the remedy. */
export function Problem({ error }) {
  if (!error) return null;
  return html`<p class="problem" role="alert"><strong>${error.message}</strong>${
    error.hint && html`<span>${error.hint}</span>`
  }</p>`;
}

/** What stands where there is nothing. */
export function Nothing({ children }) {
  return html`<p class="nothing">${children}</p>`;
}

/** JSON in a box. */
export function Json({ value }) {
  return html`<pre class="json" tabindex="0">${JSON.stringify(value, null, 2)}</pre>`;
}

/**
 * A button that changes something on the server: asks once more where `confirm` is given, and says what went wrong.
 */
export function Action({ path, body = {}, label, confirm, done, kind = "", disabled = false }) {
  const [state, setState] = useState("idle");
  const [error, setError] = useState(null);
  useEffect(() => {
    if (state !== "asking") return;
    const timer = setTimeout(() => setState("idle"), 4000);
    return () => clearTimeout(timer);
  }, [state]);
  const act = async (event) => {
    event.stopPropagation();
    if (confirm && state === "idle") return setState("asking");
    setState("busy");
    setError(null);
    try {
      const answer = await call(path, body);
      done?.(answer);
    } catch (reason) {
      setError(reason);
    }
    setState("idle");
  };
  const title = error ? `${error.message}. ${error.hint ?? ""}` : undefined;
  return html`<span class="action">
    <button type="button" class="${kind} ${state}" disabled=${
    disabled || state === "busy"
  } onClick=${act} title=${title}>
      ${state === "asking" ? confirm : label}
    </button>
    ${error && html`<span class="failed-text" role="alert">${error.message}</span>`}
  </span>`;
}

/** A table whose rows can be walked with j, k and Enter. */
export function Table({ head, rows, label }) {
  return html`
    <div class="scroll">
      <table aria-label=${label}>
        <thead>
          <tr>${head.map((name) =>
            html`<th scope="col" class=${name.startsWith("#") ? "number" : ""}>${name.replace("#", "")}</th>`
          )}</tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}

/** A row that opens something. */
export function Row({ href, children, ...rest }) {
  const open = (event) => {
    if (event.target.closest("a, button, input, select")) return;
    if (!getSelection()?.toString()) location.hash = href.slice(1);
  };
  const onKeyDown = (event) => event.key === "Enter" && event.target === event.currentTarget && open(event);
  return html`<tr tabindex="0" data-row onClick=${open} onKeyDown=${onKeyDown} ...${rest}>${children}</tr>`;
}
