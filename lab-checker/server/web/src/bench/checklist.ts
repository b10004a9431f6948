// The lab's checks as a list that ticks itself.

export const tick = (checks: { name: string; passed: boolean }[]) => {
  const passed = new Map<string, boolean>();
  for (const { name, passed: isRight } of checks) passed.set(name, isRight && (passed.get(name) ?? true));
  for (const item of document.querySelectorAll<HTMLElement>("[data-check]")) {
    const isRight = passed.get(item.dataset.check ?? "");
    if (isRight === undefined) continue;
    item.classList.toggle("done", isRight);
    const words = item.querySelector("[data-check-state]");
    const said = isRight ? "so it is" : "not yet";
    if (words && words.textContent !== said) words.textContent = said;
  }
};
