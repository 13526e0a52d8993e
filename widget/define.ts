/** Registers the widget's element. A tag manager may run this twice: the second time does nothing. */
import { ParleyChat } from './parley-chat.ts';

if (!customElements.get('parley-chat')) customElements.define('parley-chat', ParleyChat);

/** For the script's own chat and commands. */
export { launch } from './launched.ts';
export { obey, pageGate } from './browser-ports.ts';
