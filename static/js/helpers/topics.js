/** Topics for those who have none. */

const TOPICS = [
  "Why rivers meander",
  "How bread rises",
  "The history of tea",
  "What bees tell each other",
  "How a letter found its way in 1850",
  "Why the sea is salt",
  "The invention of the weekend",
  "How cities sound at night",
  "A beginner’s guide to compost",
  "Why we remember smells",
  "How lighthouses changed the coast",
  "What makes a good question",
  "The secret life of lichens",
  "How maps learnt to lie",
  "Why cats land on their feet",
  "A short history of the pencil",
  "How to read a weather map",
  "What happens in a black hole",
  "Why paper yellows",
  "How trees talk underground",
  "The first hundred days of a company",
  "Why music gives us shivers",
  "How clocks came to agree",
  "What dinosaurs sounded like",
];

/** So many of them, others each time. */
export const someTopics = (count, known = []) =>
  TOPICS.filter((topic) => !known.includes(topic))
    .map((topic) => ({ topic, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ topic }) => topic);
