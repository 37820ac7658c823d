/** Languages by name: in their own script, as the page says them, and by their tags. */

const canonical = (tag) => {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return null;
  }
};

/** A language's name in another language, by default in its own; null if nobody has a name for it. */
export function nameOf(tag, inLanguage = tag) {
  const names = canonical(tag) && new Intl.DisplayNames([inLanguage, "en"], { type: "language", fallback: "none" });
  return names?.of(canonical(tag)) ?? null;
}

const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether somebody who types this may mean that language. */
export function means(typed, { tag, name }, pageLanguage = "en") {
  const sought = bare(typed.trim());
  return [tag, name, nameOf(tag) ?? "", nameOf(tag, pageLanguage) ?? ""].some((word) => bare(word).includes(sought));
}

/** The language that is typed as a tag, if there is one. */
export function tagged(typed) {
  const tag = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(typed.trim()) ? canonical(typed.trim()) : null;
  const name = tag && nameOf(tag);
  return name ? { tag, name } : null;
}

const SCRIPTS = { ja: /[\u3040-\u30ff]/, zh: /[\u3400-\u9fff]/, ko: /[\uac00-\ud7af]/ };
const COMMON = {
  en: /\b(the|and|of|is|that)\b/gi,
  de: /\b(und|der|die|das|ist)\b/gi,
  fr: /\b(les|des|est|une|dans)\b/gi,
  es: /\b(los|las|una|que|por)\b/gi,
};
const SOME = 2000; // characters that tell

/** What language a text is in, as far as its letters or its commonest words tell. */
export function guess(text) {
  const some = text.slice(0, SOME);
  const script = Object.keys(SCRIPTS).find((tag) => SCRIPTS[tag].test(some));
  if (script) return script;
  const found = Object.entries(COMMON).map(([tag, words]) => [some.match(words)?.length ?? 0, tag]);
  const [count, tag] = found.sort(([a], [b]) => b - a)[0];
  return count > 2 ? tag : null;
}
