/** Buttons that make one model stand out everywhere. Without it the page has all it has, and no buttons. */
export const script = `
const bar = document.querySelector(".highlight");
const buttons = [...bar.querySelectorAll("button")];
const marked = [...document.querySelectorAll("main section [class]")].flatMap((element) => {
  const mark = element.getAttribute("class").split(" ").find((name) => /^m\\d+$/.test(name));
  return mark ? [[element, mark]] : [];
});
bar.hidden = false;
bar.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const chosen = button.getAttribute("aria-pressed") === "true" ? null : button.value;
  for (const each of buttons) each.setAttribute("aria-pressed", String(each.value === chosen));
  for (const [element, mark] of marked) {
    element.classList.toggle("dim", chosen !== null && mark !== chosen);
    element.classList.toggle("chosen", mark === chosen);
  }
});
`;
