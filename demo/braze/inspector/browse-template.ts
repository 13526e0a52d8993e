/** What lists have around them: a search, the way to the other rows, and the one thing that is looked at beside it. */
import { html, nothing, type TemplateResult } from 'lit';
import { ROWS } from './browsing.ts';
import { hrefOf, replaceRoute, type Route } from './route.ts';
import { counted } from './wording.ts';

/** What a list says of itself. */
export interface Words {
  /** Names of one and of several rows. */
  readonly names: readonly [one: string, many: string];
  /** What a search looks at. */
  readonly searchHint: string;
  /** Shown where there is nothing, and nothing was searched. */
  readonly ifEmpty: { readonly title: string; readonly text: string };
}

/** What people look for is shorter, and so is what an address can hold. */
const MAX_SEARCH = 500;

interface Browse extends Words {
  readonly route: Route;
  /** How many rows the search found; `undefined` until that is known. */
  readonly total: number | undefined;
  /** Why the emulator refuses to search for that; `undefined` if it does not. */
  readonly problem: string | undefined;
  readonly list: unknown;
  readonly detail: unknown;
}

export function browseTemplate(browse: Browse): TemplateResult<1> {
  const { route, total, problem, ifEmpty, names, detail } = browse;
  if (total === undefined && problem === undefined) return html`<p class="waiting">Asking the emulator…</p>`;
  const isSearched = (route.search ?? '') !== '';
  if (total === 0 && !isSearched && route.id === undefined) return emptyTemplate(ifEmpty);
  const isOne = route.id !== undefined;
  return html`<div class="columns ${isOne ? 'one' : ''}">
    <div class="card list">${searchTemplate(browse)} ${foundTemplate(browse)}</div>
    <div class="card detail">
      <a class="back" href=${hrefOf({ ...route, id: undefined })}>← All ${names[1]}</a>
      ${detail}
    </div>
  </div>`;
}

function foundTemplate({ route, total = 0, problem, names, list }: Browse): TemplateResult<1> {
  if (problem !== undefined) return html`<p class="problem" role="alert">${problem}</p>`;
  const isSearched = (route.search ?? '') !== '';
  return html`<div class="rows">${list}</div>
    ${pagerTemplate(route, total, names)}
    <p class="hidden" role="status">${isSearched ? `${counted(total, ...names)} found` : ''}</p>`;
}

function emptyTemplate({ title, text }: Browse['ifEmpty']): TemplateResult<1> {
  return html`<div class="card empty">
    <h2 tabindex="-1">${title}</h2>
    <p>${text}</p>
  </div>`;
}

function searchTemplate({ route, names, searchHint }: Browse): TemplateResult<1> {
  const handleInput = ({ currentTarget }: Event): void => {
    const search = (currentTarget as HTMLInputElement).value;
    replaceRoute({ ...route, search, id: undefined, offset: undefined });
  };
  return html`<div class="search" role="search">
    <label for="search">Search ${names[1]}</label>
    <input
      id="search"
      type="search"
      autocomplete="off"
      spellcheck="false"
      maxlength=${MAX_SEARCH}
      aria-describedby="search-hint"
      .value=${route.search ?? ''}
      @input=${handleInput}
    />
    <p id="search-hint">${searchHint}</p>
  </div>`;
}

function pagerTemplate(
  route: Route,
  total: number,
  [one, many]: Browse['names'],
): TemplateResult<1> | typeof nothing {
  if (total === 0) return html`<p class="pager">No ${one} is like that.</p>`;
  const { offset = 0 } = route;
  const range = `${(offset + 1).toLocaleString('en')}–${Math.min(offset + ROWS, total).toLocaleString('en')}`;
  const step = (to: number, title: string, name: string): TemplateResult<1> => {
    const isPossible = to > offset ? to < total : offset > 0;
    // Not `disabled`: the focus would be lost at the last step.
    return html`<button
      class="button small"
      type="button"
      aria-label=${name}
      aria-disabled=${isPossible ? 'false' : 'true'}
      @click=${() => {
        if (isPossible) replaceRoute({ ...route, id: undefined, offset: Math.max(to, 0) });
      }}
    >
      ${title}
    </button>`;
  };
  return html`<div class="pager">
    <p>
      ${total <= ROWS && offset === 0 ? counted(total, one, many) : `${range} of ${total.toLocaleString('en')}`}
    </p>
    ${
      total <= ROWS && offset === 0
        ? nothing
        : html`<div role="group" aria-label="Pages">
            ${step(offset - ROWS, 'Newer', `Newer ${many}`)} ${step(offset + ROWS, 'Older', `Older ${many}`)}
          </div>`
    }
  </div>`;
}
