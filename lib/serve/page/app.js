/** The live page: finds the view for the address, and holds what all of them share. */

import { html, render, useEffect, useRef, useState } from "./vendor/libraries.js";
import { call, getToken, live, setToken, useLive } from "./connection.js";
import { DeadLetters } from "./dead_letters.js";
import { Overview } from "./overview.js";
import { Schedules } from "./schedules.js";
import { TaskView } from "./task.js";
import { Tasks } from "./tasks.js";
import { Workflows, WorkflowView } from "./workflows.js";

const VIEWS = [
  ["", "Overview", "o"],
  ["tasks", "Tasks", "t"],
  ["workflows", "Workflows", "w"],
  ["dead-letters", "Dead letters", "d"],
  ["schedules", "Schedules", "s"],
];
const THEMES = ["auto", "light", "dark"];

function readAddress() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", id] = path.split("/");
  return { view, id: id && decodeURIComponent(id), query: new URLSearchParams(query) };
}

function useAddress() {
  const [address, setAddress] = useState(readAddress);
  useEffect(() => {
    const read = () => setAddress(readAddress());
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return address;
}

/** @returns {[theme: string, setTheme: (theme: string) => void]} */
function useTheme() {
  const [theme, setTheme] = useState(localStorage.getItem("absurd-theme") ?? "auto");
  useEffect(() => {
    localStorage.setItem("absurd-theme", theme);
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, setTheme];
}

/** @typedef {{access: string, writable: boolean, error?: Error}} Session */

/** @returns {[session: Session, read: () => Promise<void>]} */
function useSession() {
  const [session, setSession] = useState(/** @type {Session} */ ({ access: "read", writable: false }));
  const read = () =>
    call("api/session").then(setSession, (error) => setSession({ access: "none", writable: true, error }));
  useEffect(() => void read(), []);
  return [session, read];
}

function App() {
  const { view, id, query } = useAddress();
  const [theme, setTheme] = useTheme();
  const [session, readSession] = useSession();
  const [dialog, setDialog] = useState(null);
  useKeys(setDialog);
  useEffect(() => {
    const name = VIEWS.find(([path]) => path === view)?.[1] ?? "absurd";
    document.title = id ? `${id.slice(0, 13)} · absurd` : `${name} · absurd`;
    scrollTo(0, 0);
  }, [view, id]);
  const mayWrite = session.access === "write";
  const needsToken = session.access === "none";
  return html`
    <nav class="bar-top" aria-label="Views">
      <a class="brand" href="#/"><img src="icon.svg" alt="" width="20" height="20" /> absurd</a>
      <div class="views">${VIEWS.map(([path, name]) =>
        html`<a href="#/${path}" aria-current=${view === path ? "page" : undefined}>${name}</a>`
      )}</div>
      <span class="right">
        <${Connection} />
        <button type="button" class="icon" title="Theme: ${theme}" aria-label="Theme: ${theme}"
          onClick=${() => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length])}>${{
            auto: "◐",
            light: "☀",
            dark: "☾",
          }[theme]}</button>
        ${(session.writable || needsToken) && html`
          <button type="button" class="icon ${mayWrite ? "on" : ""}" title=${mayWrite
            ? "May write"
            : "Enter a token"}
            aria-label=${mayWrite ? "May write" : "Enter a token"} onClick=${() =>
              setDialog("token")}><${KeyIcon} /></button>
        `}
        <button type="button" class="icon" title="Keys (?)" aria-label="Keys" onClick=${() =>
          setDialog("keys")}>?</button>
      </span>
    </nav>
    <main>${needsToken
      ? html`<${TokenForm} session=${session} done=${readSession} />`
      : view === "tasks" && id
      ? html`<${TaskView} key=${id} id=${id} mayWrite=${mayWrite} />`
      : view === "tasks"
      ? html`<${Tasks} query=${query} />`
      : view === "workflows" && id
      ? html`<${WorkflowView} key=${id} id=${id} mayWrite=${mayWrite} />`
      : view === "workflows"
      ? html`<${Workflows} query=${query} />`
      : view === "dead-letters"
      ? html`<${DeadLetters} query=${query} mayWrite=${mayWrite} />`
      : view === "schedules"
      ? html`<${Schedules} />`
      : html`<${Overview} mayWrite=${mayWrite} theme=${theme} />`}</main>
    ${dialog &&
      html`<${Dialog} close=${() => setDialog(null)}>${
        dialog === "keys" ? html`<${Keys} />` : html`<${TokenForm} session=${session} done=${async () => {
          await readSession();
          setDialog(null);
        }} />`
      }<//>`}
  `;
}

function KeyIcon() {
  return html`
    <svg width="17" height="17" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"
      stroke-linecap="round" aria-hidden="true">
      <circle cx="8" cy="15" r="4.5" />
      <path d="m11.5 11.5 8-8m-3 3 3 3m-6 0 2 2" />
    </svg>
  `;
}

function Connection() {
  useLive(({ type }) => type === "state", 0);
  const words = { live: "live", connecting: "connecting", lost: "reconnecting" };
  return html`<span class="connection ${live.state}" role="status"><i></i>${words[live.state]}</span>`;
}

function TokenForm({ session, done }) {
  const enter = (event) => {
    event.preventDefault();
    setToken(new FormData(event.target).get("token"));
    done();
  };
  const forget = () => {
    setToken(null);
    done();
  };
  return html`<form class="token" onSubmit=${enter}>
    <h2>Token</h2>
    <p class="quiet">${
    session.access === "write"
      ? "This tab may read and write."
      : "With the token of ABSURD_SERVE_TOKEN this tab may cancel, retry, replay and pause. It is kept until the tab is closed."
  }</p>
    ${session.error && getToken() && html`<p class="failed-text" role="alert">${session.error.message}</p>`}
    <input type="password" name="token" aria-label="Token" autocomplete="off" autofocus required minlength="16" />
    <span class="actions"><button class="primary">Use it</button>${
    getToken() && html`<button type="button" onClick=${forget}>Forget it</button>`
  }</span>
  </form>`;
}

function Keys() {
  const keys = [
    ...VIEWS.map(([, name, key]) => [`g ${key}`, name]),
    ["j k", "next and previous row"],
    ["Enter", "open the row"],
    ["/", "search"],
    ["Esc", "back"],
    ["?", "these keys"],
  ];
  return html`
    <h2>Keys</h2>
    <dl class="fields">${keys.map(([key, what]) =>
      html`
        <dt><kbd>${key}</kbd></dt>
        <dd>${what}</dd>
      `
    )}</dl>
  `;
}

function Dialog({ close, children }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return html`<dialog ref=${dialog} onClose=${close} onClick=${(event) =>
    event.target === dialog.current && close()}>${children}</dialog>`;
}

/** g and a letter go to a view, j and k walk the rows, / searches. */
function useKeys(setDialog) {
  useEffect(() => {
    let went = 0;
    const press = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (event.target.closest("input, select, textarea")) {
        return event.key === "Escape" && event.target.blur();
      }
      const view = Date.now() - went < 1500 && VIEWS.find(([, , key]) => key === event.key);
      went = event.key === "g" ? Date.now() : 0;
      if (view) location.hash = `/${view[0]}`;
      else if (event.key === "?") setDialog("keys");
      else if (event.key === "Escape") history.back();
      else if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
      else if (event.key === "/") {
        const search = /** @type {HTMLElement | null} */ (document.querySelector("[data-search]"));
        if (search) event.preventDefault();
        search?.focus();
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function walk(step) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row]")]);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.focus();
}

document.documentElement.dataset.theme = localStorage.getItem("absurd-theme") ?? "auto";
live.connect();
const root = /** @type {HTMLElement} */ (document.getElementById("app"));
root.replaceChildren();
render(html`<${App} />`, root);
