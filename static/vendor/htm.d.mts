import type { VNode } from "preact";

// What `htm.bind(h)` gives; a template of several nodes gives an array, which preact shows as well.
declare const htm: {
  bind(h: unknown): (strings: TemplateStringsArray, ...values: unknown[]) => VNode<any>;
};
export default htm;
