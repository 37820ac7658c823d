import * as api from "../api.js";
import { learn } from "../helpers/say.js";
import { sentence } from "../helpers/phrases.js";

/** What this server has: stages, flows, formats, limits. Empty until it has answered. */
export const server = { stages: [], flows: {}, formats: [], tones: [], languages: [], lengths: [350] };

/** Asks for all that a page has to know before it begins. A page that can't learn it does without. */
export async function askServer(language) {
  const options = api.options().then((found) => Object.assign(server, found));
  await Promise.allSettled([options, api.messages(language).then(learn)]);
}

const stageOf = (name) => server.stages.find((stage) => stage.name === name);

export const labelOf = (name) => stageOf(name)?.label ?? sentence(name);

/** Whether what comes of a stage is text. */
export const writes = (name) => Boolean(stageOf(name)?.text);
