/**
 * A document for xterm.js that works under `style-src 'self'`.
 *
 * xterm fills <style> elements and `style` attributes with text, which that policy refuses because
 * text from anywhere could stand there. The same rules set through the CSS object model are allowed:
 * so <style> elements become constructed style sheets, and `style` attributes into
 * `element.style`.
 */
export function strictDocument(): Document {
  return new Proxy(document, {
    get(target, property) {
      if (property === 'createElement') return createElement;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}

/** Runs `open`, during which xterm also makes elements of the real document. */
export function openStrictly(open: () => void): void {
  document.createElement = createElement as typeof document.createElement;
  try {
    open();
  } finally {
    Reflect.deleteProperty(document, 'createElement');
  }
}

function createElement(name: string): HTMLElement {
  if (name === 'style') return styleStandIn();
  const element = Document.prototype.createElement.call(document, name) as HTMLElement;
  element.setAttribute = setAttribute;
  return element;
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}

/** Takes the place of a <style> element, which is refused even while it is empty. */
function styleStandIn(): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const element = Document.prototype.createElement.call(document, 'template');
  Object.defineProperty(element, 'textContent', {
    get: () => '',
    set: (text: string) => sheet.replaceSync(text),
  });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((known) => known !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}
