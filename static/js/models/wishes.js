/** What was chosen last for an article, and what was chosen for one of the last ones: kept in this browser. */

const LAST = "pressroom.wishes";
const BY_ARTICLE = "pressroom.wishes.articles";
const KEPT = 30;

export const lastWishes = () => read(LAST, {});
export const keepWishes = (wishes) => write(LAST, wishes);

export const wishesOf = (id) => read(BY_ARTICLE, []).find(([known]) => known === id)?.[1];
export const keepWishesOf = (id, wishes) => write(BY_ARTICLE, [[id, wishes], ...read(BY_ARTICLE, [])].slice(0, KEPT));

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // not allowed here, or not ours
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // it is a comfort, no more
  }
}
