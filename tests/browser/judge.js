// Says of each number of a page whether a browser shows it, by computed style and by its box.
// Served beside the parts; the page that loads it has one frame, in which no script runs.

const TOO_SMALL = 2, TOO_FAINT = 0.05, TELLS_APART = 8;
// As the reader folds them: characters without width between digits, and digits of other scripts.
const WITHOUT_WIDTH = /[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u20d0-\u20ff]/gu;

function colour(text) {
  const parts = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
}

function over(ink, paper) {
  return ink.rgb.map((part, at) => part * ink.alpha + paper[at] * (1 - ink.alpha));
}

// The opaque colour under an element; null where a picture is.
function paperOf(element, view) {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const style = view.getComputedStyle(at);
    if (isCutToLetters(style)) continue;
    const layer = colour(style.backgroundColor);
    if (layer.alpha > 0) layers.push(layer);
    if (layer.alpha >= 1) break;
    if (style.backgroundImage !== "none") return null;
  }
  return layers.reverse().reduce((paper, layer) => over(layer, paper), [255, 255, 255]);
}

// Whether a background is painted in the letters only.
function isCutToLetters(style) {
  return style.webkitBackgroundClip.includes("text");
}

// The colours in which letters are painted, the nearest to the reader first; null where a picture is.
function inksOf(element, style, view) {
  const fill = colour(style.webkitTextFillColor || style.color);
  const inks = [fill];
  if (parseFloat(style.webkitTextStrokeWidth) > 0) inks.push(colour(style.webkitTextStrokeColor));
  if (style.textShadow !== "none") inks.push(...style.textShadow.match(/rgba?\([^)]*\)/g).map(colour));
  if (fill.alpha >= 1) return inks;
  for (let at = element; at; at = at.parentElement) {
    const values = view.getComputedStyle(at);
    const layer = colour(values.backgroundColor);
    if (isCutToLetters(values)) inks.push(values.backgroundImage === "none" ? layer : null);
    else if (layer.alpha >= 1) break;
  }
  return inks;
}

function isSeen(ink, paper) {
  if (!ink) return true;
  return ink.alpha >= TOO_FAINT && !(paper && over(ink, paper).every((part, at) => Math.abs(part - paper[at]) <= TELLS_APART));
}

function isCut(element, boxes, view) {
  let outOfFlow = false;
  for (let at = element; at && at.parentElement; at = at.parentElement) {
    const style = view.getComputedStyle(at);
    const placed = style.position === "absolute" || style.position === "fixed";
    if (style.clipPath.startsWith("inset") && /(5\d|[6-9]\d|100)%/.test(style.clipPath)) return true;
    if (/^(circle|ellipse)\(0/.test(style.clipPath)) return true;
    if (placed && style.clip !== "auto") {
      const sides = style.clip.match(/-?[\d.]+(?=px)|auto/g) ?? [];
      if (sides.length === 4 && (sides[2] - sides[0] <= 1 || sides[1] - sides[3] <= 1)) return true;
    }
    const [x, y] = [style.overflowX, style.overflowY];
    // Nobody can scroll in a box without room.
    const isEmpty = at.clientWidth <= 1 || at.clientHeight <= 1;
    const isCutter = (value) => value === "hidden" || value === "clip" || (value !== "visible" && isEmpty);
    const cuts = (isCutter(x) || isCutter(y)) && style.display !== "inline";
    if (cuts && !(outOfFlow && style.position === "static")) {
      const box = at.getBoundingClientRect();
      const left = boxes.filter((text) =>
        Math.min(text.right, box.right) - Math.max(text.left, box.left) > 1 &&
        Math.min(text.bottom, box.bottom) - Math.max(text.top, box.top) > 1);
      if (left.length === 0) return true;
    }
    outOfFlow = placed || (outOfFlow && style.position === "static");
  }
  return false;
}

// Why a piece of text is not shown; an empty text where it is.
function hidden(node, from, to, page, view) {
  const range = page.createRange();
  range.setStart(node, from);
  range.setEnd(node, to);
  const boxes = [...range.getClientRects()].filter((box) => box.width > 0.1 && box.height > TOO_SMALL);
  const element = node.parentElement;
  const style = view.getComputedStyle(element);
  if (boxes.length === 0) return "it has no box";
  if (!element.checkVisibility()) return "it is not rendered";
  if (style.visibility !== "visible") return `visibility is ${style.visibility}`;
  if (parseFloat(style.fontSize) <= TOO_SMALL) return `letters of ${style.fontSize}`;
  // Of an element that skips its content only the descendants count as invisible above.
  if (style.contentVisibility === "hidden" && style.display !== "inline") return "its content is skipped";
  let opacity = 1;
  for (let at = element; at; at = at.parentElement) {
    const values = view.getComputedStyle(at);
    const filters = [...values.filter.matchAll(/opacity\(([\d.]+)\)/g)];
    opacity *= filters.reduce((product, [, part]) => product * part, parseFloat(values.opacity));
  }
  if (opacity < TOO_FAINT) return `opacity is ${opacity}`;
  const root = page.documentElement;
  const isOff = boxes.every((box) =>
    box.right + view.scrollX <= 0 || box.bottom + view.scrollY <= 0 ||
    box.left + view.scrollX >= 9000 || box.top + view.scrollY >= Math.max(root.scrollHeight, 9000));
  if (isOff) return "it is off the page";
  if (isCut(element, boxes, view)) return "it is cut off";
  const paper = paperOf(element, view);
  if (!inksOf(element, style, view).some((ink) => isSeen(ink, paper))) return "its ink is not seen on the paper";
  return "";
}

function numbersOf(page, view) {
  const found = [];
  const walker = page.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement || node.parentElement.closest("style, script, title")) continue;
    for (const match of node.data.matchAll(/\p{Nd}[\p{Nd}\u00ad\u200b-\u200f\u2060\ufeff]{2,}/gu)) {
      const digits = match[0].replace(WITHOUT_WIDTH, "").normalize("NFKC");
      if (!/^[0-9]{3,}$/.test(digits)) continue;
      const why = hidden(node, match.index, match.index + match[0].length, page, view);
      found.push({ digits, why });
    }
  }
  return found;
}

async function judge() {
  const count = Number(document.body.dataset.count);
  const results = [];
  for (let at = 0; at < count; at += 1) {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-same-origin";
    frame.width = 1024;
    frame.height = 768;
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    frame.src = `/part/${at}`;
    document.body.append(frame);
    await loaded;
    results.push(numbersOf(frame.contentDocument, frame.contentWindow));
    frame.remove();
  }
  await fetch("/result", { method: "POST", body: JSON.stringify(results) });
}

judge().catch((error) => fetch("/result", { method: "POST", body: JSON.stringify({ error: String(error) }) }));
