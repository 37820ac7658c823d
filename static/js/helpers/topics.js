/** Topics for those who have none. */

import { phrase } from "./say.js";

const topics = phrase("compose.topics").split("\n");

/** So many of them, others each time. */
export const someTopics = (count, known = []) =>
  topics
    .filter((topic) => !known.includes(topic))
    .map((topic) => ({ topic, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ topic }) => topic);
