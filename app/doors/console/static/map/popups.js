// What a popup says: lines of text. Nothing that comes from the data is ever read as HTML.

/** A link of this console alone; anything else is no link. */
const isOurs = (href) => typeof href === "string" && /^\/(?![/\\])/.test(href);

function line(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

/** The content of a popup: a heading, lines, and a link where the data names one. */
export function popupContent({ heading, lines = [], href }, say) {
  const content = document.createElement("div");
  content.className = "map-popup";
  content.tabIndex = -1;
  content.append(line("strong", heading), ...lines.filter(Boolean).map((text) => line("p", text)));
  if (isOurs(href)) {
    const link = line("a", say("open"));
    link.href = href;
    content.append(link);
  }
  return content;
}
