/**
 * Lets xterm.js work under `style-src 'self'`.
 *
 * xterm fills <style> elements and `style` attributes with text, which that policy refuses because
 * text from anywhere could stand there. The same rules set through the CSS object model are allowed:
 * so <style> elements become constructed style sheets, and the `style` attributes of the spans that
 * xterm draws with become their `style`.
 */

/** Runs `open`, in which xterm makes its <style> elements. */
export function openStrictly(open: () => void): void {
  HTMLSpanElement.prototype.setAttribute = setAttribute;
  document.createElement = createElement as typeof document.createElement;
  try {
    open();
  } finally {
    Reflect.deleteProperty(document, 'createElement');
  }
}

function setAttribute(this: HTMLSpanElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}

function createElement(name: string): HTMLElement {
  return name === 'style' ? styleStandIn() : Document.prototype.createElement.call(document, name);
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
