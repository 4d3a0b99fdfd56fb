// Faults: one for each button, others through the form, and those that wait for a request.

import { control } from "./control.js";
import { $, announce, element, setText } from "./dom.js";

export function describe({ error, status, drop, delay, headers }) {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const parts = [error ?? status, drop && "dropped connection", delay && `${delay} s delay`, ...lines];
  return parts.filter(Boolean).join(" · ");
}

export function showQueue(injections) {
  const groups = []; // equal neighbours are shown once
  for (const text of injections.map(describe)) {
    if (groups.at(-1)?.text === text) groups.at(-1).times += 1;
    else groups.push({ text, times: 1 });
  }
  const texts = groups.map(({ text, times }) => (times > 1 ? `${text} (${times} times)` : text));
  $("queue").hidden = texts.length === 0;
  if (texts.join() === [...$("waiting").children].map((item) => item.textContent).join()) return;
  $("waiting").replaceChildren(...texts.map((text) => element("li", { class: "tag injected" }, text)));
}

async function inject(fault) {
  try {
    const { injections } = await control("injections", "POST", { ...fault, times: Number($("times").value) });
    setText($("mistake"), "");
    announce(`Faults that wait for a request: ${injections}.`);
  } catch (error) {
    setText($("mistake"), error.message);
  }
}

function parsed(body) {
  try {
    return { json: JSON.parse(body) };
  } catch {
    return { text: body };
  }
}

function faultOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  const delay = Number(fields.delay) ? { delay: Number(fields.delay) } : {};
  if (fields.drop) return { drop: true, ...delay };
  const lines = fields.headers.split("\n").filter((line) => line.trim());
  const headers = lines.map((line) => {
    const [name, ...value] = line.split(":");
    return [name.trim(), value.join(":").trim()];
  });
  return {
    ...(fields.status && { status: Number(fields.status) }),
    ...(lines.length && { headers: Object.fromEntries(headers) }),
    ...(fields.body && parsed(fields.body)),
    ...delay,
  };
}

export function startFaults({ look, act }) {
  for (const button of document.querySelectorAll("[data-fault]")) {
    button.addEventListener("click", () => inject(JSON.parse(button.dataset.fault)).then(look));
  }
  $("fault").addEventListener("submit", (event) => {
    event.preventDefault();
    inject(faultOf(event.target)).then(look);
  });
  $("fault").elements.drop.addEventListener("change", ({ target }) => {
    for (const name of ["status", "headers", "body"]) target.form.elements[name].disabled = target.checked;
  });
  $("unqueue").addEventListener("click", () => act("injections", "DELETE"));
}
