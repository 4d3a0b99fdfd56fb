// The API reference by Swagger UI, which is loaded when it is first shown.

import { $, element } from "./dom.js";

const load = (node) =>
  new Promise((resolve, reject) => {
    node.addEventListener("load", resolve);
    node.addEventListener("error", reject);
    document.head.append(node);
  });

// What Swagger UI leaves without a name, by which a screen reader calls it.
const NAMES = {
  "#servers": "Server",
  ".examples-select-element": "Example",
  ".body-param__text": "Request body",
  ".copy-to-clipboard > button": "Copy",
};

function nameControls(root) {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const control of root.querySelectorAll(`${selector}:not([aria-label])`)) control.ariaLabel = name;
  }
}

let shown = false;

export async function showReference() {
  if (shown) return;
  shown = true;
  const root = $("reference");
  for (const href of ["swagger-ui/swagger-ui.css", "static/reference.css"]) {
    await load(element("link", { rel: "stylesheet", href }));
  }
  await load(element("script", { src: "swagger-ui/swagger-ui-bundle.js" }));
  new MutationObserver(() => nameControls(root)).observe(root, { childList: true, subtree: true });
  const tokens = JSON.parse($("connect").dataset.tokens);
  const ui = SwaggerUIBundle({
    url: "openapi.yaml",
    domNode: root,
    validatorUrl: null,
    docExpansion: "full",
    onComplete: () => ui.preauthorizeApiKey("BearerAuth", tokens.premium),
  });
}
