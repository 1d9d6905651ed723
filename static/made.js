/** Elements made by scripts. */

export function made(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

/** An icon of the page's own, "#i-…", that says nothing to readers. */
export function drawn(icon) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", icon);
  svg.append(use);
  return svg;
}
