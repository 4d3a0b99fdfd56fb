// Shows the sandbox's state from the control API, twice a second.

import { control } from "./control.js";
import { $, element, setText, setTime } from "./dom.js";
import { showQueue, startFaults } from "./faults.js";
import { showRequests } from "./requests.js";
import { startTabs } from "./tabs.js";
import { showConnection, showTemplates } from "./templates.js";

const PERIOD = 500; // milliseconds

const clock = element("time");
let logVersion; // of the log that is shown

function showState(state) {
  const { requests, seconds } = state.rateLimit ?? {};
  setText($("limit"), requests ? `${requests} in ${seconds} s` : "none");
  setTime(clock, state.now);
  showTemplates(state.templates);
  showQueue(state.injections);
}

async function look() {
  try {
    const state = await control("state");
    showState(state);
    if (state.logVersion !== logVersion) {
      const { requests } = await control("requests");
      showRequests(requests, { news: logVersion !== undefined });
      logVersion = state.logVersion;
    }
    setText($("trouble"), "");
  } catch (error) {
    logVersion = undefined; // that of another process may be the same
    setText($("trouble"), `The sandbox does not respond (${error.message}). Is it still running?`);
  }
}

// If it fails, looking fails too, and reports it.
const act = (path, method) => control(path, method).catch(() => {}).then(look);

async function watch() {
  if (!document.hidden) await look();
  setTimeout(watch, PERIOD);
}

$("clock").append(clock);
$("clear").addEventListener("click", () => act("requests", "DELETE"));
$("reset").addEventListener("click", () => $("confirm").showModal());
$("reset-everything").addEventListener("click", () => act("reset", "POST"));

startTabs();
startFaults({ look, act });
showConnection();
watch();
