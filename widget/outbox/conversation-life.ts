/** Milliseconds that a conversation lives after its last step: long enough to come back to it tomorrow, and no longer. */
export const CONVERSATION_LIFE = 24 * 60 * 60_000;
