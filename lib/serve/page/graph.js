/** A workflow as a graph: steps in layers, each behind its parents. */

import { html } from "./vendor/libraries.js";
import { duration } from "./format.js";

const [WIDTH, HEIGHT, GAP_X, GAP_Y, PAD] = [168, 54, 56, 18, 8];

/** Puts each step in the layer behind its deepest parent, near the middle of its parents. */
export function layout(steps) {
  const byId = new Map(steps.map((step) => [step.task_id, step]));
  const depths = new Map();
  const depthOf = (id) => {
    if (!depths.has(id)) {
      depths.set(id, 0); // steps have no cycles; this is for documents that break that
      const parents = byId.get(id).depends_on.map((parent) => parent.task_id).filter((parent) =>
        byId.has(parent)
      );
      depths.set(id, parents.length === 0 ? 0 : 1 + Math.max(...parents.map(depthOf)));
    }
    return depths.get(id);
  };
  const layers = [];
  for (const step of steps) (layers[depthOf(step.task_id)] ??= []).push(step);
  const rank = new Map();
  const middle = (step) => {
    const ranks = step.depends_on.map((parent) => rank.get(parent.task_id)).filter((one) =>
      one !== undefined
    );
    return ranks.length === 0 ? 0 : ranks.reduce((sum, one) => sum + one) / ranks.length;
  };
  const tallest = Math.max(1, ...layers.map(({ length }) => length));
  const places = new Map();
  layers.forEach((layer, column) => {
    layer.sort((a, b) => middle(a) - middle(b)).forEach((step, row) => {
      const offset = (tallest - layer.length) / 2 * (HEIGHT + GAP_Y);
      rank.set(step.task_id, row - (layer.length - 1) / 2);
      places.set(step.task_id, {
        x: PAD + column * (WIDTH + GAP_X),
        y: PAD + offset + row * (HEIGHT + GAP_Y),
      });
    });
  });
  return {
    places,
    width: 2 * PAD + layers.length * WIDTH + (layers.length - 1) * GAP_X,
    height: 2 * PAD + tallest * HEIGHT + (tallest - 1) * GAP_Y,
  };
}

/** The graph; steps are links to their tasks. */
export function Graph({ steps, now }) {
  if (steps.length === 0) return null;
  const { places, width, height } = layout(steps);
  const edges = steps.flatMap((step) =>
    step.depends_on.filter((parent) => places.has(parent.task_id)).map((parent) => ({ parent, step }))
  );
  return html`
    <div class="scroll graph">
      <svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img"
        aria-label="Steps of the workflow">
        ${edges.map(({ parent, step }) => {
          const [from, to] = [places.get(parent.task_id), places.get(step.task_id)];
          const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
          const bend = (x2 - x1) / 2;
          return html`
            <path class="edge ${parent.status}"
              d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" />
          `;
        })}
        ${steps.map((step) =>
          html`<${Step} key=${step.task_id} step=${step} place=${places.get(step.task_id)} now=${now} />`
        )}
      </svg>
    </div>
  `;
}

function Step({ step, place, now }) {
  const { step_name: name, task_name: task, state } = step;
  const word = state === "claimed" ? "running" : state;
  return html`
    <a href="#/tasks/${step.task_id}" data-step=${name ?? task} data-state=${state}
      aria-label="${name ?? task}: ${word}">
        <g class="node ${state}" transform="translate(${place.x} ${place.y})">
          <rect class="box" width=${WIDTH} height=${HEIGHT} rx="7" />
          <rect class="mark" width="5" height=${HEIGHT} rx="2.5" />
          <text class="name" x="16" y="22">${clip(name ?? task, 20)}</text>
          <text class="about" x="16" y="41">${clip(about(step, word, now), 25)}</text>
          ${state === "claimed" && step.progress &&
            html`<rect class="done" x="5" y=${HEIGHT - 4} width=${
              (WIDTH - 8) * (step.progress.fraction ?? 0)
            } height="3" rx="1.5" />`}
        </g></a>
  `;
}

function about({ claimed_at: from, finished_at: to, status, progress }, word, now) {
  if (status === "claimed") {
    return `${word} ${duration(now - Date.parse(from))}${
      progress ? `, ${Math.round((progress.fraction ?? 0) * 100)}%` : ""
    }`;
  }
  if (status === "completed" && from) return `${word} in ${duration(Date.parse(to) - Date.parse(from))}`;
  return word;
}

function clip(text, length) {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
