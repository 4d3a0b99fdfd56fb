// The requests, the latest first; each opens to all that the log has of it.

import { $, announce, element, keyed, setText, setTime } from "./dom.js";
import { describe } from "./faults.js";

const AT_FIRST = 25;

let all = []; // the latest first
let everything = false;
let announced = 0; // the number of the latest request that was announced

const idOf = ({ path }) => /^\/v1\/groups\/([^/]+)$/.exec(path)?.[1] ?? path;

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function statusOf({ status, injected }) {
  if (status !== null) return String(status);
  return injected?.drop ? "dropped" : "no response";
}

const kindOf = ({ status }) => (status === null ? "none" : `s${Math.floor(status / 100)}`);

function row(request) {
  const time = element("time");
  setTime(time, request.time);
  const status = element("strong");
  const query = request.query && `?${request.query}`;
  const facts = [
    ["Request", `${request.method} ${request.path}${query}`],
    ["Time", request.time],
    ...(request.injected ? [["Injected", describe(request.injected)]] : []),
    ["Body", pretty(request.body)],
    ["Headers", request.headers.map(([name, value]) => `${name}: ${value}`).join("\n")],
  ];
  const summary = element(
    "summary",
    {},
    time,
    element("span", { class: "method" }, request.method),
    element("code", { class: "id" }, idOf(request)),
    element("code", { class: "body" }, request.body),
    ...(request.injected ? [element("span", { class: "tag injected" }, `injected ${describe(request.injected)}`)] : []),
    status,
  );
  const list = element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  const update = (current) => {
    setText(status, statusOf(current));
    status.className = `tag ${kindOf(current)}`;
  };
  return { node: element("li", {}, element("details", {}, summary, list)), update };
}

// A sandbox that was started again counts from 1 again.
const showRows = keyed($("requests"), ({ number, time }) => `${number} ${time}`, row);

function show() {
  showRows(everything ? all : all.slice(0, AT_FIRST));
  setText($("count"), all.length ? String(all.length) : "");
  $("none").hidden = all.length > 0;
  $("older").hidden = everything || all.length <= AT_FIRST;
  setText($("older"), `Show all ${all.length} requests`);
}

export function showRequests(log, { news }) {
  all = log.toReversed();
  show();
  const [latest] = all;
  if (!latest) return;
  if (news && latest.number > announced) announce(`${latest.method} ${idOf(latest)}: ${statusOf(latest)}`);
  announced = latest.number;
}

$("older").addEventListener("click", () => {
  everything = true;
  show();
  $("requests").children[AT_FIRST].querySelector("summary").focus();
});
