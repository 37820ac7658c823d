/** Light, dark or as the system has it: set before anything is drawn, remembered, and changed by the masthead's button. */
(() => {
  const KEY = "pressroom.theme";
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const NAMES = { auto: "automatic", light: "light", dark: "dark" };
  const root = document.documentElement;

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
    if (button) button.ariaLabel = button.title = `Theme: ${NAMES[theme]}`;
  };

  const switched = () => {
    set(NEXT[root.dataset.theme]);
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // it lasts as long as the page
    }
  };

  root.dataset.scripted = "";
  set(remembered() in NEXT ? remembered() : "auto");
  addEventListener("DOMContentLoaded", () => {
    set(root.dataset.theme);
    document.querySelector("[data-theme-switch]")?.addEventListener("click", switched);
  });
})();
