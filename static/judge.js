/** What the caller thinks of a reply: two thumbs under it, and a line to say why. */

import { drawn, made } from "./made.js";

const OPINIONS = [
  [1, "Good answer", "#i-good"],
  [-1, "Bad answer", "#i-bad"],
];

/** Puts them under a reply's entry; `send(score, comment)` tells, a score of null takes it back. */
export function offerJudging(entry, send) {
  if (entry.querySelector(".judge")) return;
  const bar = made("div", { className: "judge", ariaLive: "off" });
  const why = reasons((comment) => send(Number(bar.dataset.score), comment));
  for (const [score, label, icon] of OPINIONS) bar.append(thumb(bar, why, send, score, label, icon));
  bar.append(why);
  entry.append(bar);
}

/** The server has kept the judgement, or taken it back. */
export function showJudged(entry, score) {
  const bar = entry.querySelector(".judge");
  if (!bar) return;
  if (score === null) delete bar.dataset.score;
  else bar.dataset.score = score;
  for (const button of bar.querySelectorAll("button[data-opinion]")) {
    button.ariaPressed = String(Number(button.dataset.opinion) === score);
  }
  bar.querySelector("form").hidden = score === null;
}

function thumb(bar, why, send, score, label, icon) {
  const button = made("button", { type: "button", ariaLabel: label, ariaPressed: "false", title: label });
  button.dataset.opinion = score;
  button.append(drawn(icon));
  button.addEventListener("click", () => {
    const again = Number(bar.dataset.score) === score;
    send(again ? null : score);
    if (!again) why.querySelector("input").value = "";
  });
  return button;
}

/** Shown once a thumb is pressed; it may be left empty. */
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
