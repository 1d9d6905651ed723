/**
 * All that this page asks of the server, whose answers are used as they come.
 *
 * A person's lesson book is {user_id, examples, models, trainings}: rows of the tables
 * `training_examples` and `models` (the newest first; a model's `metrics` are its training's),
 * and trainings {run_id, modality, progress 0…1, state, message, metrics}.
 */

import { send } from "../operator/api.js";

const id = encodeURIComponent;

/** {learners: [{user_id, username, takes, labels}]} */
export const LEARNERS = "/api/learners";

/** A new person; {user_id, username}. */
export function addLearner(name) {
  return send("POST", LEARNERS, { name });
}

/** The address of a person's lesson book. */
export function book(user) {
  return `${LEARNERS}/${id(user)}`;
}

/** A take's label is right, or with `label` what it should be. */
export function confirm(user, example, label) {
  return send("POST", `${book(user)}/examples/${id(example)}/confirm`, label ? { label } : {});
}

export function discard(user, example) {
  return send("DELETE", `${book(user)}/examples/${id(example)}`);
}

/** Begins to learn; the training. `unconfirmed`: also from takes that nobody has looked at. */
export function learn(user, modality, unconfirmed) {
  return send("POST", `${book(user)}/trainings`, { modality, unconfirmed, activate: true });
}

/** The address of a training. */
export function training(run) {
  return `/api/trainings/${id(run)}`;
}

export function cancel(run) {
  return send("DELETE", training(run));
}

/** What was learnt before serves again; its model's row. */
export function rollBack(user, modality) {
  return send("POST", `${book(user)}/roll-back`, { modality });
}
