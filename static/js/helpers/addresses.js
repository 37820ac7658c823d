/** Where a link may lead: to the web, to somebody's mail, or to a place on this server. */

const SCHEME = /^[a-z][a-z\d+.-]*:(?!\d)/i; // a figure after a colon is a port
const WEB = /^https?:\/\//i;
const MAIL = /^mailto:./i;
const PERSON = /^[^@/?#:]+@[^@/]+$/;
const HERE = /^[/#]/;
const USUAL = "https:";

/** What is typed as an address, perhaps without its beginning; null if it is none. */
export function addressOf(typed) {
  if (!typed || /\s/.test(typed)) return null;
  if (HERE.test(typed) || isWhole(typed)) return typed;
  if (SCHEME.test(typed)) return null;
  if (PERSON.test(typed)) return `mailto:${typed}`;
  const address = `${USUAL}//${typed}`;
  return URL.parse(address)?.hostname.includes(".") ? address : null;
}

/** Whether it is an address as it stands, to the web or to somebody. */
export const isWhole = (text) => !/\s/.test(text) && (MAIL.test(text) || (WEB.test(text) && URL.canParse(text)));
