import { sentence } from "../helpers/phrases.js";
import { say } from "../helpers/say.js";
import { options } from "../known.js";

/** What this server has: stages, flows, formats, limits. */
export const server = options;

/** What who looks may do. */
export const may = { write: true };

const stageOf = (name) => server.stages.find((stage) => stage.name === name);

export const labelOf = (name) =>
  say({ code: `${name}.label`, params: {}, message: stageOf(name)?.label ?? sentence(name) });

/** Whether what comes of a stage is text. */
export const writes = (name) => Boolean(stageOf(name)?.text);
