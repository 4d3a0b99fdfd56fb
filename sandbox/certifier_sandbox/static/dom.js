// What the parts of the page have in common. All text is set as text, never as HTML.

export const $ = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Text that stays the same keeps its node, and with it the selection.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Today's times as 13:05:09, others as 1 Jan 2022; the tooltip has the value itself.
export function setTime(node, value) {
  const time = new Date(value);
  const today = time.toDateString() === new Date().toDateString();
  node.dateTime = node.title = value;
  setText(
    node,
    today
      ? time.toLocaleTimeString("en-GB")
      : time.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" }),
  );
}

// A screen reader reads this out.
export const announce = (text) => setText($("news"), text);

// A text and a button that copies it, or selects it where a browser denies the clipboard.
export function copyable(text) {
  const code = element("code", {}, text);
  const button = element("button", { type: "button", class: "quiet", "aria-label": `Copy ${text}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
      announce("Copied.");
    } catch {
      getSelection().selectAllChildren(code);
      announce("Selected, to be copied by hand.");
    }
  });
  return element("span", { class: "copyable" }, code, button);
}

// Shows items in a list. An item that stays keeps its node, and with it focus and what is open.
// `make` returns a node, and a function that shows the current state of the item in it.
export function keyed(list, keyOf, make) {
  const shown = new Map();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, { node }] of shown) {
      if (keys.has(key)) continue;
      node.remove();
      shown.delete(key);
    }
    items.forEach((item, i) => {
      const key = keyOf(item);
      if (!shown.has(key)) shown.set(key, make(item));
      const { node, update } = shown.get(key);
      update(item);
      if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
    });
  };
}
