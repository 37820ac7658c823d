/** How far along an article is: the server's word, and between two of them a guess by words. Never falls. */

const USUAL = 70; // words; a section is mostly written after twice as many
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
  const { plan, sections } = article;
  const drafts = sections.map((_, i) => article.text("content", i + 1).words);
  if (!drafts.length || article.rewriting) return 0;
  const styled = article.text("style", null).words;
  if (article.stage("style").status() !== "waiting")
    return within(plan.share("style"), styled / (sum(drafts) || USUAL));
  return within(plan.share("content"), sum(drafts.map((words) => 1 - Math.exp(-words / USUAL))) / drafts.length);
}

const within = ({ start, end }, share) => start + (end - start) * Math.min(ALMOST, share);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
