// The elements of one message or view together: what stands in each, and what a use of one sends.

import { askFirst } from "./dialog.js";

export class Form {
  // names: users and channels; act(request): tells the bot of a use and returns when it has answered
  constructor(names, act) {
    this.names = names;
    this.act = act;
    this.controls = [];
  }

  // control: { node, read, write }; read gives what Slack would call its value, undefined for what has none
  add(block, element, control) {
    this.controls.push({ block, element, ...control });
    return control.node;
  }

  values() {
    const values = {};
    for (const { block, element, read } of this.controls) {
      const value = read?.();
      if (value !== undefined) (values[block.block_id] ??= {})[element.action_id] = value;
    }
    return values;
  }

  // What a person has filled in outlives a change of the view, where the field is still there.
  keep(values) {
    for (const { block, element, write } of this.controls) {
      const value = values[block.block_id]?.[element.action_id];
      if (block.type === "input" && write && value !== undefined && value !== null) write(value);
    }
  }

  // A use of an element: asks where the bot wants it confirmed, and shows that it is pressed until the answer.
  async use(block, element, choice, node) {
    if (node.getAttribute("aria-busy") === "true") return false;
    if (element.confirm && !(await askFirst(element.confirm, this.names))) return false;
    node.setAttribute("aria-busy", "true");
    try {
      const request = { action_id: element.action_id, block_id: block.block_id, form: this.values(), ...choice };
      return await this.act(request);
    } finally {
      node.removeAttribute("aria-busy");
    }
  }
}
