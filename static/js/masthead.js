/** What the masthead's tools do: the theme, set before anything is drawn and remembered; and the language of the page. */
(() => {
  const KEY = "pressroom.theme";
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const YEAR = 365 * 24 * 3600;
  const root = document.documentElement;
  const { pathname: path } = new URL("../../", document.currentScript.src);

  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // not allowed here
    }
  };

  const set = (theme) => {
    root.dataset.theme = theme;
    const button = document.querySelector("[data-theme-switch]");
    if (button) button.ariaLabel = button.title = button.dataset[theme];
  };

  const switched = () => {
    set(NEXT[root.dataset.theme]);
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // it lasts as long as the page
    }
  };

  /** The server fills the page in the language that it reads there. */
  const spoken = ({ target }) => {
    document.cookie = `language=${target.value}; path=${path}; max-age=${YEAR}; samesite=lax`;
    location.reload();
  };

  root.dataset.scripted = "";
  set(remembered() in NEXT ? remembered() : "auto");
  addEventListener("DOMContentLoaded", () => {
    set(root.dataset.theme);
    document.querySelector("[data-theme-switch]")?.addEventListener("click", switched);
    document.querySelector("[data-language-switch]")?.addEventListener("change", spoken);
  });
})();
