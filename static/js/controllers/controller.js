/** Owns one root element; what `connect` begins, `disconnect` ends. */
export class Controller {
  #connected = new AbortController();

  constructor(element) {
    this.element = element;
  }

  connect() {}

  disconnect() {
    this.#connected.abort();
  }

  listen(target, type, handler) {
    target.addEventListener(type, handler, { signal: this.#connected.signal });
  }

  part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }
}

/** Sets the text of an element only if it is another: what did not change is not announced again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
