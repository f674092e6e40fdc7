// The pictures of the page: what each bar counts and how large it is drawn, and the table of numbers that follows.
const size = (element) => {
  const { width, height } = element.getBoundingClientRect();
  return { width, height };
};
const bar = (drawn) => ({
  number: Number(drawn.dataset.number),
  kind: drawn.getAttribute("class"),
  title: drawn.querySelector("title").textContent,
  ...size(drawn),
});
const texts = (row) => [...row.children].map((cell) => cell.textContent);
return [...document.querySelectorAll("figure")].map((figure) => {
  const all = [...document.querySelectorAll("figure, table")];
  const after = all[all.indexOf(figure) + 1];
  const bars = [...figure.querySelectorAll("rect")].map(bar);
  const one = figure.querySelector("svg");
  return {
    caption: figure.querySelector("figcaption").textContent,
    ...size(one ?? figure),
    bars,
    table: after?.tagName === "TABLE" ? [...after.tBodies[0].rows].map(texts) : [],
  };
});
