// Two tabs by the pattern of WAI-ARIA; the address keeps which of them is shown.

import { $ } from "./dom.js";
import { showReference } from "./reference.js";

const tabs = [...document.querySelectorAll("[role=tab]")];

function select(tab) {
  for (const each of tabs) {
    const selected = each === tab;
    each.ariaSelected = String(selected);
    each.tabIndex = selected ? 0 : -1;
    $(each.getAttribute("aria-controls")).hidden = !selected;
  }
  if (tab.id === "reference-tab") showReference();
}

function selectByAddress() {
  select(tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash) ?? tabs[0]);
}

function open(tab) {
  tab.focus();
  history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
  select(tab);
}

export function startTabs() {
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowRight" || key === "ArrowLeft") open(tabs[(i + 1) % tabs.length]);
    });
  });
  addEventListener("hashchange", selectByAddress);
  selectByAddress();
}
