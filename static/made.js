/** Elements made by scripts. */

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} properties
 */
export function made(name, properties) {
  const element = document.createElement(name);
  Object.assign(element, properties);
  return element;
}

/** An icon of the page's own, "#i-…", that says nothing to readers. @param {string} icon */
export function drawn(icon) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", icon);
  svg.append(use);
  return svg;
}
