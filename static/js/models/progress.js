/** How far along an article is: the server's word, and between two of them a guess by words. Never falls. */

const SECTION_WORDS = 100;
const ALMOST = 0.97; // only the server says that something is completed

export class Progress {
  #run = 0;
  #highest = 0;

  of(article) {
    if (article.run !== this.#run) this.#highest = 0;
    this.#run = article.run;
    return (this.#highest = Math.max(this.#highest, article.progress, guess(article)));
  }
}

function guess(article) {
  const drafts = article.sections.map((_, i) => article.text("content", i + 1).words);
  if (!drafts.length) return 0;
  const styled = article.text("style", null).words;
  if (article.stage("style").status() !== "waiting") return 66 + 34 * share(styled, sum(drafts) || SECTION_WORDS);
  return 33 + (33 * sum(drafts.map((words) => share(words, SECTION_WORDS)))) / drafts.length;
}

const share = (words, expected) => Math.min(ALMOST, words / expected);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
