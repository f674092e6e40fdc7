// The texts whose contrast with their ground is below arguments[0], by the formula of WCAG 2.2.
const least = arguments[0];
const parts = (colour) => {
  const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
  return { rgb: [red, green, blue], alpha };
};
const over = (top, opacity, ground) => top.map((each, index) => each * opacity + ground[index] * (1 - opacity));
const ground = (element) => {
  if (element === null) return [255, 255, 255];
  const { rgb, alpha } = parts(getComputedStyle(element).backgroundColor);
  return alpha === 1 ? rgb : over(rgb, alpha, ground(element.parentElement));
};
const behind = (element) => {
  const tile = element.closest("svg svg")?.querySelector("rect");
  if (!tile) return ground(element);
  const style = getComputedStyle(tile);
  return over(parts(style.fill).rgb, Number(style.fillOpacity), ground(element));
};
const light = (rgb) => {
  const [red, green, blue] = rgb.map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
const own = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
const shown = [...document.body.querySelectorAll("*")].filter((element) => own(element) && element.getClientRects().length);
return shown.flatMap((element) => {
  const style = getComputedStyle(element);
  const { rgb } = parts(element instanceof SVGElement ? style.fill : style.color);
  const found = contrast(light(rgb), light(behind(element)));
  return found < least ? [`${element.tagName}.${element.getAttribute("class")} ${element.textContent.slice(0, 40)}: ${found.toFixed(2)}`] : [];
});
