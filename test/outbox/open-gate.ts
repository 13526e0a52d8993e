/** A page whose visitors need not be asked. */
import type { ConversationPorts } from '../../widget/conversation-ports.ts';

export const OPEN_GATE: ConversationPorts['consent'] = {
  state: () => 'allowed',
  listen: () => () => undefined,
  heed: async () => undefined,
  hear: async () => undefined,
  obey: () => undefined,
  set: async () => undefined,
  question: () => undefined,
};
