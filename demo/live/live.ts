/** In the demo's pages: they take up flows as they are saved, and show what lint says of one that has mistakes. */
import { createBanner } from './banner.ts';
import type { LiveState } from './state.ts';

/** Milliseconds until a connection that the browser has given up is tried again. */
const RETRY_TIME = 2_000;

/** Of the flows that were served when this page was. */
const edition = new URL(import.meta.url).searchParams.get('edition');

const banner = createBanner();

/** The browser connects again by itself when the connection is lost, and is told then how things stand. */
function listen(): void {
  const source = new EventSource('/live');
  source.addEventListener('state', ({ data }: MessageEvent<string>) => {
    const state = JSON.parse(data) as LiveState;
    // The chat goes on after it as it does on the visitor's next page: open if it was, with the answers given.
    if (state.edition !== edition) location.reload();
    else banner.show(state.mistakes);
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_TIME);
  });
}

listen();
