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
