/** The way to the views of the page, and how much there is in each. */
import { html, nothing, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import type { WorkspaceSummary } from '../change.ts';
import { hrefOf, type Route, type View } from './route.ts';

export const titles: Readonly<Record<View, string>> = {
  people: 'People',
  requests: 'Requests',
  faults: 'Faults',
  settings: 'Settings',
};

/**
 * @param here the one that is shown; `undefined` until that is known
 * @param isOn is there a fault, or chaos?
 */
export function navigationTemplate(
  { view: current, workspace }: Route,
  here: WorkspaceSummary | undefined,
  isOn: boolean,
): TemplateResult<1> {
  const { profiles = 0, requests = 0 } = here ?? {};
  const link = (view: View, count: string, isSet = false): TemplateResult<1> =>
    html`<a
      href=${hrefOf({ view, workspace })}
      aria-current=${ifDefined(current === view ? 'page' : undefined)}
      >${titles[view]}
      ${count === '' ? nothing : html`<span class="count ${isSet ? 'set' : ''}">${count}</span>`}</a
    >`;
  return html`<nav aria-label="Views">
    ${link('people', profiles.toLocaleString('en'))} ${link('requests', requests.toLocaleString('en'))}
    ${link('faults', isOn ? 'on' : 'off', isOn)} ${link('settings', '')}
  </nav>`;
}
