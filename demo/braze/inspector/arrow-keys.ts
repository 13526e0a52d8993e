const steps: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index, count) => Math.min(index + 1, count - 1),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_index, count) => count - 1,
};

/** Moves the focus within a list of links by the arrow keys, Home and End. */
export function moveFocus(event: KeyboardEvent): void {
  const step = steps[event.key];
  if (!step || !(event.currentTarget instanceof HTMLElement) || !(event.target instanceof Element)) return;
  const links = [...event.currentTarget.querySelectorAll('a')];
  const index = links.findIndex((link) => link === event.target);
  links[step(index, links.length)]?.focus();
  event.preventDefault();
}
