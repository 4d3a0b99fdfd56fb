// Shows the state from the control API, twice a second, and injects faults through it.
// All that comes from outside is set as text, never as HTML.

const PERIOD = 500; // milliseconds

const $ = (id) => document.getElementById(id);

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

const row = (...cells) => element("tr", ...cells.map((cell) => element("td", cell)));

async function ask(path, method = "GET", body = undefined) {
  const response = await fetch(path, { method, body: body && JSON.stringify(body) });
  const value = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(value.error.message);
  return value;
}

function showState(state) {
  $("clock").value = state.now;
  const { requests, seconds } = state.rateLimit ?? {};
  $("limit").value = requests ? `${requests} requests in ${seconds} s` : "none";
  $("waiting").value = `faults waiting: ${state.injections}`;
}

const templateRow = (template) =>
  row(
    template.name,
    element("code", template.id),
    template.organization,
    element("code", template.learningEventUrl ?? "none"),
    element("code", template.designIds.join(" ")),
    template.updatedAt,
  );

function requestRow(request) {
  const query = request.query && `?${request.query}`;
  const headers = request.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  const details = element("details", element("summary", "show"), element("pre", headers));
  const made = row(
    request.time,
    element("code", `${request.method} ${request.path}${query}`),
    element("code", request.body),
    String(request.status ?? "no response"),
    details,
  );
  made.className = request.status !== null && request.status < 400 ? "good" : "bad";
  return made;
}

// Keeps the rows of what is as before: what a person opened stays open, until the log is full and
// each row is another one at each request.
function table(id, rowOf, { latestFirst = false } = {}) {
  const body = $(id).tBodies[0];
  let rows = [];
  return (values) => {
    const texts = values.map((value) => JSON.stringify(value));
    if (texts.length === rows.length && texts.every((text, i) => text === rows[i].text)) return;
    rows = values.map((value, i) =>
      texts[i] === rows[i]?.text ? rows[i] : { text: texts[i], node: rowOf(value) },
    );
    const nodes = rows.map(({ node }) => node);
    body.replaceChildren(...(latestFirst ? nodes.reverse() : nodes));
  };
}

const showTemplates = table("templates", templateRow);
const showRequests = table("requests", requestRow, { latestFirst: true });

async function look() {
  try {
    const [state, log] = await Promise.all([ask("state"), ask("requests")]);
    showState(state);
    showTemplates(state.templates);
    showRequests(log.requests);
    $("trouble").textContent = "";
  } catch (error) {
    $("trouble").textContent = `The sandbox does not respond (${error.message}). Is it running?`;
  }
}

async function watch() {
  if (!document.hidden) await look();
  setTimeout(watch, PERIOD);
}

function parsed(body) {
  try {
    return { json: JSON.parse(body) };
  } catch {
    return { text: body };
  }
}

function injection(form) {
  const timing = { times: Number(form.get("times")), delay: Number(form.get("delay")) };
  if (form.has("drop")) return { drop: true, ...timing };
  const lines = form.get("headers").split("\n").filter((line) => line.trim());
  const headers = lines.map((line) => {
    const [name, ...value] = line.split(":");
    return [name.trim(), value.join(":").trim()];
  });
  const body = form.get("body");
  return {
    status: Number(form.get("status")),
    headers: Object.fromEntries(headers),
    ...(body ? parsed(body) : {}),
    ...timing,
  };
}

$("inject").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await ask("injections", "POST", injection(new FormData(event.target)));
    $("injected").value = "Injected.";
  } catch (error) {
    $("injected").value = error.message;
  }
  await look();
});

$("reset").addEventListener("click", async () => {
  if (!confirm("Go back to the start: templates, requests, faults, limit and clock?")) return;
  await ask("reset", "POST");
  await look();
});

const reference = SwaggerUIBundle({
  url: "openapi.yaml",
  domNode: $("reference"),
  validatorUrl: null,
  docExpansion: "full",
  onComplete: () => reference.preauthorizeApiKey("BearerAuth", $("reference").dataset.token),
});

watch();
