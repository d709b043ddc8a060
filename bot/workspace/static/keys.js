// Arrow keys in lists: up and down go from one item to the next, Home and End to the ends.

// roving: only one item is a stop of the Tab key, the one that was last on turn
export function arrows(container, selector, { roving = false } = {}) {
  container.addEventListener("keydown", (event) => {
    if (!event.target.matches(selector) || event.altKey || event.ctrlKey || event.metaKey) return;
    const items = [...container.querySelectorAll(selector)];
    const now = items.indexOf(event.target);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
    if (items[to] === undefined) return;
    event.preventDefault();
    items[to].focus();
  });
  if (roving) {
    container.addEventListener("focusin", (event) => {
      const item = event.target.closest(selector);
      if (item) onTurn(container, selector, item);
    });
  }
}

export function onTurn(container, selector, item) {
  for (const other of container.querySelectorAll(`${selector}[tabindex="0"]`)) other.tabIndex = -1;
  if (item) item.tabIndex = 0;
}

// Where the focus is inside a node that is about to be drawn again; to be given to `focusAgain`.
export function focusInside(node) {
  const active = document.activeElement;
  if (!active || !node.contains(active)) return null;
  const { action, of, toggle } = active.dataset;
  if (action) return `[data-action="${CSS.escape(action)}"][data-of="${CSS.escape(of ?? "")}"]`;
  return toggle ? `[data-toggle="${CSS.escape(toggle)}"]` : "*";
}

// The same element of the new node, or the node itself: the keyboard must not start again at the page's top.
export function focusAgain(node, found) {
  if (!found) return;
  const again = found === "*" ? null : node.querySelector(found);
  (again ?? node).focus({ preventScroll: true });
}
