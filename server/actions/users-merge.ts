/** Makes the profile of an e-mail address and the visitor's one. */
import * as v from 'valibot';
import type { ActionNode } from '../../widget/contract/flow.ts';
import { fillValue } from '../../widget/flow/template.ts';
import { mergeBodyOf } from '../braze/join-request.ts';
import { emailOf } from '../braze/normal-forms.ts';
import { checkAttributeValue } from '../flows/lint/braze.ts';
import { checkSaid } from '../flows/lint/said.ts';
import { defineAction, IDENTITY_LIMITS, templatesUnder } from './action.ts';

interface MergeNode extends ActionNode {
  readonly email: string;
}

const WORDS = 'should be a text such as "{{answers.email}}"';

export const action = defineAction<MergeNode>({
  call: 'users/merge',
  permission: 'users.merge',
  does: 'Makes the visitor’s profile one with that of the e-mail address which they give, for good, where their site lets them do that.',
  page: 'api/endpoints/user_data/post_users_merge',
  limits: IDENTITY_LIMITS,
  limitedWith: 'identity',
  // Done again it finds nobody: what is merged is not there any more.
  isRepeatable: true,
  isRead: false,
  joins: true,
  entries: {
    email: v.pipe(
      v.string(WORDS),
      v.description('The address: the answer of one question, such as "{{answers.email}}".'),
    ),
  },
  templatesOf: templatesUnder('email'),
  lint(node, at, fields) {
    const { email: template } = node;
    const path = [...at, 'email'];
    const said = checkSaid(template, path, fields);
    return said.length > 0 || template === undefined
      ? said
      : checkAttributeValue('email', template, path, fields);
  },
  build({ email: template }, { context, profile, unverified }) {
    // Also to whom the backend vouches for: nobody vouches for an address that they type, and what is merged could be read as theirs.
    if (!unverified.includes('merge')) {
      return {
        type: 'denied',
        reason:
          'users/merge: nobody vouches for the address, and the site does not have "merge" in "unverified"',
      };
    }
    const filled = fillValue(template, context);
    const email = typeof filled === 'string' ? emailOf(filled) : undefined;
    if (email === undefined) {
      return { type: 'impossible', leftOut: [{ name: 'email', reason: 'should be an e-mail address' }] };
    }
    if (!('external_id' in profile)) return { type: 'join', to: { email }, leftOut: [] };
    return { type: 'request', body: mergeBodyOf(email, profile.external_id), leftOut: [] };
  },
});
