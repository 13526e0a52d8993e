/** The visitor says who they are. */
import * as v from 'valibot';
import type { ActionNode } from '../../widget/contract/flow.ts';
import { fillValue } from '../../widget/flow/template.ts';
import { EXTERNAL_ID_WORDS, externalIdOf } from '../braze/external-id.ts';
import { checkSaid } from '../flows/lint/said.ts';
import { defineAction, IDENTITY_LIMITS, templatesUnder } from './action.ts';

interface IdentifyNode extends ActionNode {
  readonly external_id: string;
}

const WORDS = 'should be a text such as "{{answers.member}}"';

export const action = defineAction<IdentifyNode>({
  call: 'users/identify',
  permission: 'users.identify',
  does: 'Makes the visitor’s profile one with that of the person whose id they give, where their site lets strangers do that.',
  page: 'api/endpoints/user_data/post_user_identify',
  limits: IDENTITY_LIMITS,
  limitedWith: 'identity',
  isRepeatable: true,
  isRead: false,
  joins: true,
  entries: {
    external_id: v.pipe(
      v.string(WORDS),
      v.description('The id by which the brand knows them: a template, such as "{{answers.member}}".'),
    ),
  },
  templatesOf: templatesUnder('external_id'),
  lint: ({ external_id: template }, at, fields) => checkSaid(template, [...at, 'external_id'], fields),
  build({ external_id: template }, { context, profile, unverified }) {
    const id = externalIdOf(fillValue(template, context));
    const impossible = {
      type: 'impossible',
      leftOut: [{ name: 'external_id', reason: EXTERNAL_ID_WORDS }],
    } as const;
    // Whether the backend vouches for it, or a personal link says it: what they type makes nobody another.
    if ('external_id' in profile) {
      if (id === undefined) return impossible;
      if (id === profile.external_id) return { type: 'nothing' };
      return { type: 'denied', reason: 'users/identify: they are somebody else already' };
    }
    if (!unverified.includes('identify')) {
      return {
        type: 'denied',
        reason:
          'users/identify: nobody vouches for them, and the site does not have "identify" in "unverified"',
      };
    }
    return id === undefined ? impossible : { type: 'join', to: { external_id: id }, leftOut: [] };
  },
});
