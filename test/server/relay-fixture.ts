/** What the relay's suites run with. */

export const SANDBOX_KEY = 'sandbox-key-0123456789';
export const PROD_KEY = 'prod-key-0123456789';
export const SESSION_SECRET = 'a secret of the tests that is long enough'.replaceAll(' ', '-');

export const SANDBOX_ORIGIN = 'https://staging.brand.example';
export const PROD_ORIGIN = 'https://www.brand.example';

interface Endpoints {
  readonly sandbox: string;
  readonly prod: string;
  /** Milliseconds. */
  readonly deadline?: number;
}

export function settingsFor({ sandbox, prod, deadline = 2_500 }: Endpoints) {
  return {
    organization: 'BrandExample',
    environments: { sandbox: { endpoint: sandbox }, prod: { endpoint: prod } },
    sites: { brand: { sandbox: [SANDBOX_ORIGIN], prod: [PROD_ORIGIN] } },
    deadline,
  };
}

export const FLOW = {
  id: 'welcome',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: { en: 'Hello', ja: 'こんにちは' }, next: 'name' },
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'email' },
    email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'birthday' },
    birthday: { type: 'ask', field: 'birthday', input: 'date', text: 'Birthday?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: {
        first_name: '{{answers.first_name}}',
        email: '{{answers.email}}',
        dob: '{{answers.birthday}}',
        operating_system: '{{device.operating_system}}',
      },
      events: [{ name: 'chat_profile_completed', properties: { page: '{{page.path}}' } }],
      on: { success: 'thanks', error: 'sorry' },
    },
    thanks: { type: 'end', text: 'Thanks, {{answers.first_name}}' },
    sorry: { type: 'end', text: 'Sorry' },
  },
} as const;
