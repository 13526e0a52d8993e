/** Who comes: known to Braze, and vouched for. */
export const customerOf = (number: number): string => `customer-${number}`;

/** What a branch reads of them. */
export const FIELDS = ['custom_attributes'] as const;
