/** Who comes: known to Braze, and vouched for. */
export const customerOf = (number: number): string => `customer-${number}`;

/** Of each customer, which no branch knows who reads no profile. */
export const planOf = (number: number): 'basic' | 'plus' => (number % 3 === 0 ? 'basic' : 'plus');

/** Begins with a branch by the profile. */
export const PROFILE_FLOW = {
  id: 'profiled',
  start: 'plan',
  nodes: {
    plan: {
      type: 'branch',
      cases: ['basic', 'plus'].map((plan) => ({
        when: { '==': [{ var: 'profile.custom_attributes.plan' }, plan] },
        next: plan,
      })),
      else: 'stranger',
    },
    basic: { type: 'end', text: 'Your plan is small.' },
    plus: { type: 'end', text: 'Your plan is large.' },
    stranger: { type: 'end', text: 'Hello.' },
  },
} as const;
