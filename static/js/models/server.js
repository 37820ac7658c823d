import { learn } from "../helpers/say.js";
import { sentence } from "../helpers/phrases.js";
import { messages, options } from "../known.js"; // which the server writes

/** What this server has: stages, flows, formats, limits. */
export const server = options;

learn(messages);

const stageOf = (name) => server.stages.find((stage) => stage.name === name);

export const labelOf = (name) => stageOf(name)?.label ?? sentence(name);

/** Whether what comes of a stage is text. */
export const writes = (name) => Boolean(stageOf(name)?.text);
