// The names under columns that run into the next.
const names = [...document.querySelectorAll("svg.columns")].map((picture) => [...picture.querySelectorAll(".tick")]);
const box = (element) => element.getBoundingClientRect();
return names.flatMap((ticks) => ticks.filter((tick, index) => ticks[index + 1] && box(tick).right + 2 > box(ticks[index + 1]).left).map((tick) => tick.textContent));
