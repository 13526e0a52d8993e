/** A browser at which there is one visitor, who is anonymous. */
import type { ConversationDelivery, ConversationVisitor } from '../../widget/conversation-ports.ts';
import { createSessions, type SessionOptions, type Sessions } from '../../widget/transport/sessions.ts';

export const sessionsOf = (
  credentials: SessionOptions['credentials'],
  options: Partial<SessionOptions> = {},
): Sessions =>
  createSessions({
    credentials,
    person: { identity: undefined },
    challenge: { token: undefined, isAsked: false },
    judged: () => undefined,
    challenged: () => undefined,
    parted: () => undefined,
    ...options,
  });

export const ONE_VISITOR: ConversationVisitor = {
  ready: async () => undefined,
  listen: () => undefined,
  obey: () => undefined,
  renew: () => undefined,
};

export const ONE_ERA: Pick<ConversationDelivery, 'isAllowed' | 'isOver' | 'settle' | 'owed'> = {
  isAllowed: () => true,
  isOver: () => false,
  settle: async () => undefined,
  owed: async () => [],
};
