// The templates, and what a client needs to reach them.

import { $, copyable, element, keyed, setText, setTime } from "./dom.js";

function card({ id }) {
  const name = element("strong");
  const organization = element("span", { class: "tag" });
  const updated = element("time");
  const created = element("time");
  const event = element("dd");
  const designs = element("dd");
  const fields = [
    ["Learning event", event],
    ["Designs", designs],
    ["Created", element("dd", {}, created)],
    ["Updated", element("dd", {}, updated)],
  ];
  const list = element("dl", {}, ...fields.flatMap(([title, value]) => [element("dt", {}, title), value]));
  const node = element(
    "li",
    {},
    element("div", { class: "name" }, name, organization),
    copyable(id),
    element("details", {}, element("summary", {}, "Fields"), list),
  );
  const update = (template) => {
    setText(name, template.name || "(no name)");
    setText(organization, template.organization);
    setText(event, template.learningEventUrl ?? "none");
    setText(designs, template.designIds.join("\n") || "none");
    setTime(created, template.createdAt);
    setTime(updated, template.updatedAt);
  };
  return { node, update };
}

export const showTemplates = keyed($("templates"), (template) => template.id, card);

export function showConnection() {
  const rows = [["Base URL", location.origin]];
  for (const [name, token] of Object.entries(JSON.parse($("connect").dataset.tokens))) {
    rows.push([`Token of the organization ${name}`, token]);
  }
  $("connect").append(
    ...rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, copyable(value)))),
  );
}
