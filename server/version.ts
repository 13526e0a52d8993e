/** The version in `package.json`, for what the relay says of itself to Braze and to operators. */
export const VERSION = '0.1.0';
