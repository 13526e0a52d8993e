/** Registers the widget's elements. A tag manager may run this twice: the second time does nothing. */
import { ParleyChat } from './parley-chat.ts';
import { ParleyQuestion } from './view/parley-question.ts';
import { ParleyTranscript } from './view/parley-transcript.ts';

const ELEMENTS = {
  'parley-transcript': ParleyTranscript,
  'parley-question': ParleyQuestion,
  'parley-chat': ParleyChat,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
