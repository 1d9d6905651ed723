/** What the caller thinks of a reply: two thumbs under it, and a line to say why. */

import { drawn, made } from "./made.js";

/** @typedef {(score: number | null, comment?: string) => void} Tell */

/** @type {[number, string, string][]} */
const OPINIONS = [
  [1, "Good answer", "#i-good"],
  [-1, "Bad answer", "#i-bad"],
];

/**
 * Puts them under a reply's entry; `send(score, comment)` tells, a score of null takes it back.
 * @param {HTMLElement} entry
 * @param {Tell} send
 */
export function offerJudging(entry, send) {
  if (entry.querySelector(".judge")) return;
  const bar = made("div", { className: "judge", ariaLive: "off" });
  const why = reasons((comment) => send(Number(bar.dataset.score), comment));
  for (const [score, label, icon] of OPINIONS) bar.append(thumb(bar, why, send, score, label, icon));
  bar.append(why);
  entry.append(bar);
}

/**
 * The server has kept the judgement, or taken it back.
 * @param {HTMLElement} entry
 * @param {number | null} score
 */
export function showJudged(entry, score) {
  const bar = /** @type {HTMLElement | null} */ (entry.querySelector(".judge"));
  if (!bar) return;
  if (score === null) delete bar.dataset.score;
  else bar.dataset.score = String(score);
  for (const button of bar.querySelectorAll("button")) {
    if (!button.dataset.opinion) continue;
    button.ariaPressed = String(Number(button.dataset.opinion) === score);
  }
  const form = bar.querySelector("form");
  if (form) form.hidden = score === null;
}

/**
 * @param {HTMLElement} bar
 * @param {HTMLFormElement} why
 * @param {Tell} send
 * @param {number} score
 * @param {string} label
 * @param {string} icon
 */
function thumb(bar, why, send, score, label, icon) {
  const button = made("button", { type: "button", ariaLabel: label, ariaPressed: "false", title: label });
  button.dataset.opinion = String(score);
  button.append(drawn(icon));
  button.addEventListener("click", () => {
    const again = Number(bar.dataset.score) === score;
    send(again ? null : score);
    if (!again) why.reset();
  });
  return button;
}

/** Shown once a thumb is pressed; it may be left empty. @param {(comment: string) => void} tell */
function reasons(tell) {
  const form = made("form", { hidden: true, autocomplete: "off" });
  const input = made("input", { type: "text", maxLength: 4000, placeholder: "Why? (if you like)", ariaLabel: "Why this judgement" });
  form.append(input, made("button", { type: "submit", textContent: "Send" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) tell(input.value.trim());
    form.hidden = true;
  });
  return form;
}
