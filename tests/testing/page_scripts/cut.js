// What is shown and goes past the right edge of what is written, and text that goes past the edge of its picture. Tiles cut their names on purpose.
const edge = document.body.getBoundingClientRect().right - parseFloat(getComputedStyle(document.body).paddingRight);
// Headings that cards on a phone repeat are there for those who listen.
const unseen = (element) => element.closest("thead") && getComputedStyle(element.closest("thead")).clipPath !== "none";
const right = (element) => element.getBoundingClientRect().right;
const told = (element) => `${element.tagName}.${element.getAttribute("class")} ${element.textContent.slice(0, 40)}`;
const wide = [...document.body.querySelectorAll("*")].filter((element) => !element.closest("svg") && !unseen(element) && right(element) > edge + 0.5);
const texts = [...document.querySelectorAll("svg > text")].filter((text) => !text.closest(".treemap"));
return [...wide, ...texts.filter((text) => right(text) > right(text.ownerSVGElement) + 0.5)].map(told);
