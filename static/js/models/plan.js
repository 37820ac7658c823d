/** Which stages a run has, and between which shares of its progress each lies. */

const ORDER = ["research", "outline", "content", "style", "seo", "image"];
const QUICK = [
  { stage: "outline", start: 0, end: 33 },
  { stage: "content", start: 33, end: 66 },
  { stage: "style", start: 66, end: 100 },
];

export class Plan {
  #shares = QUICK;
  #heard = new Set();

  hear({ stages }) {
    this.#shares = stages;
  }

  meet(stage) {
    this.#heard.add(stage);
  }

  get stages() {
    return ORDER.filter((name) => this.#heard.has(name) || this.#shares.some(({ stage }) => stage === name));
  }

  share(name) {
    return this.#shares.find(({ stage }) => stage === name) ?? { start: 0, end: 0 };
  }
}
